// What time it is on the server: ages must not depend on how this computer's clock was set.
window.fleetClock = (() => {
  const OFF = 3000; // A response's Date header has whole seconds, and a slow line adds to it.

  // The page says when it was made; its first byte came a moment later, and this script runs later still.
  const made = Date.parse(document.querySelector("meta[name=server-time]")?.content ?? "");
  const began = performance.getEntriesByType?.("navigation")?.[0]?.responseStart ?? 0;
  const sinceThen = began > 0 ? performance.now() - began : 0;
  let ahead = made ? made + sinceThen - Date.now() : 0; // the server's clock minus ours, in milliseconds

  // Ours may be set while the page is open.
  document.addEventListener("htmx:before:response", ({ detail }) => {
    correct(detail.ctx.response.headers.get("Date"));
  });
  document.addEventListener("fleet:live", ({ detail }) => correct(detail.now));

  function correct(said) {
    const difference = Date.parse(said ?? "") - Date.now();
    if (Math.abs(difference - ahead) > OFF) ahead = difference;
  }

  return { now: () => Date.now() + ahead };
})();
