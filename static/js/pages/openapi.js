// The API's description, shown and tried by Scalar: nothing leaves the machine, and the theme is Fleet's.
(() => {
  // Read by Scalar as it is loaded, which comes after this: else it tries whether it may make functions of texts.
  globalThis.__zod_globalConfig = { jitless: true };
  const root = document.documentElement;

  // Scalar sends an empty "Bearer" where nobody has typed a token: then the session that is signed in counts.
  function call(input, options) {
    const request = new Request(input, options);
    if (/^\s*Bearer\s*$/i.test(request.headers.get("Authorization") ?? "")) request.headers.delete("Authorization");
    return fetch(request);
  }

  const dark = () => root.dataset.bsTheme === "dark";

  // Scalar looks at the theme once; its colours go by these classes.
  function follow() {
    document.body.classList.toggle("dark-mode", dark());
    document.body.classList.toggle("light-mode", !dark());
  }

  document.addEventListener("DOMContentLoaded", () => {
    const place = document.getElementById("openapi");
    Scalar.createApiReference(place, {
      url: place.dataset.description,
      customFetch: call,
      telemetry: false,
      withDefaultFonts: false,
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
      showDeveloperTools: "never",
      documentDownloadType: "none",
      persistAuth: false,
      forceDarkModeState: dark() ? "dark" : "light",
      hideDarkModeToggle: true,
    });
    new MutationObserver(follow).observe(root, { attributeFilter: ["data-bs-theme"] });
  });
})();
