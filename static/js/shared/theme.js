// Before the first paint: the chosen theme, else the system's. "auto" follows the system.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const choices = ["light", "dark", "auto"];
  const words = { light: "light", dark: "dark", auto: "as the system" };

  let choice = "auto";
  try {
    choice = localStorage.getItem("theme") ?? "auto";
  } catch {
    // Storage may be forbidden: the system's theme it is.
  }
  if (!choices.includes(choice)) choice = "auto";

  function apply() {
    root.dataset.bsTheme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    root.dataset.themeChoice = choice;
    for (const button of document.querySelectorAll("[data-theme-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === choice));
    }
    for (const button of document.querySelectorAll("[data-theme-next]")) {
      const label = `Theme: ${words[choice]}. Change to ${words[next()]}`;
      button.setAttribute("aria-label", label);
      button.title = label;
    }
  }

  const next = () => choices[(choices.indexOf(choice) + 1) % choices.length];

  function choose(chosen) {
    choice = chosen;
    try {
      localStorage.setItem("theme", choice);
    } catch {
      // Holds for this page only.
    }
    apply();
  }

  root.dataset.js = "";
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-theme-set], [data-theme-next]");
    if (button) choose(button.dataset.themeSet ?? next());
  });
})();
