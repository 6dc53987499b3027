// Menus are <details data-menu>: Escape, a click or the focus elsewhere closes them.
(() => {
  const open = () => document.querySelectorAll("details[data-menu][open]");

  function closeUnlessIn(target) {
    for (const menu of open()) if (!menu.contains(target)) menu.open = false;
  }

  document.addEventListener("click", ({ target }) => closeUnlessIn(target));
  document.addEventListener("focusin", ({ target }) => closeUnlessIn(target));
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    for (const menu of open()) {
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside) menu.querySelector("summary").focus();
    }
  });
})();
