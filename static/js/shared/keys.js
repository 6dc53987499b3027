// Keys without a field: "?" lists them, "g" and a letter goes somewhere, j and k walk through rows.
// A control names its key by data-key, a place by data-go, rows by data-rows (the link in each by data-row).
(() => {
  const help = document.getElementById("keys");
  if (!help) return;
  const SOON = 1200;
  let going = 0; // Until when a letter belongs to the "g" before it.

  const typing = (element) => element?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const show = () => help.open || document.querySelector("dialog:modal") || help.showModal();
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((link) => link.checkVisibility());

  function walk(by) {
    const all = rows();
    const at = all.indexOf(document.activeElement.closest?.("[data-row]") ?? document.activeElement.closest?.("tr, article")?.querySelector("[data-row]"));
    const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
    return Boolean(next);
  }

  function pick() {
    const box = document.activeElement.closest?.("tr")?.querySelector("[data-pick]");
    box?.click();
    return Boolean(box);
  }

  function press(key) {
    const control = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!control?.checkVisibility()) return false;
    if (control.matches("input, textarea")) control.select?.(), control.focus();
    else control.click();
    return true;
  }

  function follow(key) {
    const place = help.querySelector(`[data-go="${CSS.escape(key)}"]`);
    if (place) location.assign(place.href);
    return Boolean(place);
  }

  function handle({ key, target }) {
    const onRow = target.closest?.("[data-rows]");
    if (going > Date.now()) return (going = 0), follow(key);
    if (key === "g") return (going = Date.now() + SOON), true;
    if (key === "?") return show(), true;
    if (key === "j" || (key === "ArrowDown" && onRow)) return walk(1);
    if (key === "k" || (key === "ArrowUp" && onRow)) return walk(-1);
    if (key === "x" && onRow) return pick();
    return press(key);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || document.querySelector("dialog:modal") || event.key.length > 1 && !event.key.startsWith("Arrow")) return;
    if (handle(event)) event.preventDefault();
  });

  document.addEventListener("fleet:keys", show);
  help.addEventListener("click", ({ target }) => {
    if (target === help || target.closest("[data-keys-close]")) help.close();
  });
})();
