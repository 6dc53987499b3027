// Long words show three lines and "more" (shared/clamp.html). Whether there is more is measured here: it depends on the
// width. What a person has opened stays open while live news comes, until there are other words to read.
(() => {
  const texts = new WeakMap(); // Which words a button stands for.
  const OPEN = "aria-expanded";
  let waiting = 0;

  const boxOf = (button) => document.getElementById(button.dataset.clamp);
  const isOpen = (button) => button.getAttribute(OPEN) === "true";

  function measure(button) {
    const box = boxOf(button);
    if (!box?.checkVisibility({ contentVisibilityAuto: true })) return; // the browser has not laid it out yet
    const text = box.textContent;
    if (texts.has(button) && texts.get(button) !== text) button.setAttribute(OPEN, "false");
    texts.set(button, text);
    if (!isOpen(button)) button.hidden = box.scrollHeight <= box.clientHeight + 1;
  }

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const button = target.parentElement?.querySelector("[data-clamp]");
      if (button) measure(button);
    }
  });

  function look() {
    waiting = 0;
    for (const button of document.querySelectorAll("[data-clamp]")) {
      sizes.observe(boxOf(button));
      measure(button);
    }
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-clamp]");
    if (!button) return;
    button.setAttribute(OPEN, String(!isOpen(button)));
    if (!isOpen(button)) button.closest(".need")?.scrollIntoView({ block: "nearest" });
  });

  htmx.registerExtension("clamps", {
    htmx_before_morph_attr: (element, { attrName }) =>
      !(element.matches("[data-clamp]") && [OPEN, "hidden"].includes(attrName)),
  });

  document.addEventListener("htmx:after:swap", () => {
    waiting ||= requestAnimationFrame(look);
  });
  look();
})();
