// Keys without a field: "?" lists them, "g" and a letter goes somewhere, j and k walk through rows, t and a digit
// through tabs. A control names its key by data-key, a place by data-go, a row by data-row (on the link or the
// button in it). What a page does with other keys it hears as "fleet:key" (answer_keys.js), and cancels that.
// Keys of one character can be switched off, for this browser (WCAG 2.1.4): <html data-keys="off">.
(() => {
  const root = document.documentElement;
  const help = document.getElementById("keys");
  if (!help) return;
  const SOON = 1200;
  const ROW = "tr, article, .need, .event, .todo, .said";
  let first = null; // The key before this one, "g" or "t", and until when it counts.
  let until = 0;

  const typing = (element) => element?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const show = () => help.open || document.querySelector("dialog:modal") || help.showModal();
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((link) => link.checkVisibility());

  function walk(by) {
    const all = rows();
    const active = document.activeElement;
    const row = active.closest(ROW);
    const at = all.indexOf(active.closest("[data-row]") ?? row?.querySelector("[data-row]"));
    const on = at >= 0 && row === active && !active.matches("[data-row]"); // on the row, but it is not marked yet
    const next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, on ? at : at + by))];
    next?.focus({ preventScroll: true });
    (next?.closest(ROW) ?? next)?.scrollIntoView({ block: "nearest" });
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

  function tab(key) {
    const there = /^[1-9]$/.test(key) && document.querySelectorAll("[data-tabs] > a")[key - 1];
    there?.click?.();
    return Boolean(there);
  }

  function second(key) {
    const before = until > Date.now() ? first : null;
    until = 0;
    if (before) return { done: before === "g" ? follow(key) : tab(key) };
    if (key !== "g" && !(key === "t" && document.querySelector("[data-tabs]"))) return null;
    first = key;
    until = Date.now() + SOON;
    return { done: true };
  }

  const heard = (key) => !document.dispatchEvent(new CustomEvent("fleet:key", { detail: key, cancelable: true }));

  function handle({ key, target, repeat }) {
    const onRow = target.closest?.("[data-rows]");
    if (key === "ArrowDown" && onRow) return walk(1);
    if (key === "ArrowUp" && onRow) return walk(-1);
    if (root.dataset.keys === "off") return false;
    if (key === "j") return walk(1);
    if (key === "k") return walk(-1);
    if (repeat) return false; // a key that is held does nothing but walk
    const part = second(key);
    if (part) return part.done;
    if (key === "?") return show(), true;
    if (key === "x" && onRow) return pick();
    return heard(key) || tab(key) || press(key);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || document.querySelector("dialog:modal") || event.key.length > 1 && !event.key.startsWith("Arrow")) return;
    if (handle(event)) event.preventDefault();
  });

  // On or off
  function choose(choice) {
    root.dataset.keys = choice;
    for (const button of document.querySelectorAll("[data-keys-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.keysSet === choice));
    }
  }

  function remembered() {
    try {
      return localStorage.getItem("fleet.keys") === "off" ? "off" : "on";
    } catch {
      return "on"; // Storage may be forbidden.
    }
  }

  function remember(choice) {
    try {
      localStorage.setItem("fleet.keys", choice);
    } catch {
      // Holds for this page only.
    }
  }

  choose(remembered());
  addEventListener("storage", ({ key }) => key === "fleet.keys" && choose(remembered()));
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-keys-set]");
    if (!button) return;
    choose(button.dataset.keysSet);
    remember(button.dataset.keysSet);
  });

  document.addEventListener("fleet:keys", show);
  help.addEventListener("click", ({ target }) => {
    if (target === help || target.closest("[data-keys-close]")) help.close();
  });
})();
