// How many agents need me, on the tab's icon: beside the number in the title, which narrow tabs do not show.
// It goes on in hidden tabs, and is drawn as an SVG in a data: address, which the page's policy allows for images.
(() => {
  const link = document.querySelector('link[rel="icon"]');
  const badge = () => document.getElementById("badge-overview");
  if (!link || !badge()) return;
  const plain = link.getAttribute("href");
  const dark = matchMedia("(prefers-color-scheme: dark)"); // the browser's own colours, not the page's theme
  const FILL = "M5 0h10a5 5 0 0 1 5 5v10a5 5 0 0 1-5 5H5a5 5 0 0 1-5-5V5a5 5 0 0 1 5-5";
  const LINES = "M3.2 3.6h8a.9.9 0 0 1 0 1.8h-8a.9.9 0 0 1 0-1.8";
  let drawn = "0";

  function draw(text) {
    const [fill, ink] = dark.matches ? ["#eda829", "#161b26"] : ["#c67600", "#ffffff"];
    const size = text.length > 1 ? 10 : 12;
    const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><path fill="#2457d6" d="${FILL}"/>`
      + `<path fill="#fff" d="${LINES}"/><rect x="4" y="6" width="16" height="14" rx="5" fill="${fill}"/>`
      + `<text x="12" y="13" dy=".36em" text-anchor="middle" font-family="system-ui, sans-serif" font-weight="700"`
      + ` font-size="${size}" fill="${ink}">${text}</text></svg>`;
    return `data:image/svg+xml,${encodeURIComponent(picture)}`;
  }

  function show() {
    const count = badge()?.dataset.count ?? "0";
    const wanted = count === "0" ? "0" : `${count} ${dark.matches}`;
    if (wanted === drawn) return;
    drawn = wanted;
    link.setAttribute("href", count === "0" ? plain : draw(Number(count) > 99 ? "99" : String(Number(count))));
  }

  document.addEventListener("htmx:after:swap", show);
  dark.addEventListener("change", show);
  show();
})();
