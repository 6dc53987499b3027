// Rows of a table of agents or tasks can be chosen, one by one, a range with Shift, or all; what is chosen is kept here,
// by id, so that no row that the stream changes or takes away loses its place among the chosen ones.
(() => {
  const bar = document.getElementById("chosen");
  if (!bar) return;
  const chosen = new Map(); // id: name
  let last = null; // Where a range begins.

  const boxes = () => [...document.querySelectorAll("[data-pick]")];
  const box = (id) => document.querySelector(`[data-pick][value="${CSS.escape(id)}"]`);
  const words = (count) => `${count} ${bar.dataset.noun}${count === 1 ? "" : "s"}`;

  function set(id, on) {
    if (!on) return chosen.delete(id);
    chosen.set(id, box(id)?.closest("tr").querySelector(".agent-name, .task-name").textContent.trim() ?? id);
  }

  function fill(selector, text) {
    for (const element of document.querySelectorAll(selector)) if (element.textContent !== text) element.textContent = text;
  }

  function show() {
    const all = boxes();
    for (const one of all) one.checked = chosen.has(one.value);
    const shown = all.filter((one) => one.checked).length;
    const head = document.querySelector("[data-pick-all]");
    if (head) {
      head.checked = shown > 0 && shown === all.length;
      head.indeterminate = shown > 0 && shown < all.length;
    }
    bar.hidden = chosen.size === 0;
    document.documentElement.toggleAttribute("data-chosen", chosen.size > 0);
    const names = [...chosen.values()].map((name) => (name.length > 40 ? `${name.slice(0, 39)}…` : name));
    fill("[data-chosen-count]", String(chosen.size));
    fill("[data-chosen-unseen]", shown < chosen.size ? `, ${chosen.size - shown} not in sight` : "");
    fill("[data-chosen-words]", words(chosen.size));
    fill("[data-chosen-names]", names.length > 6 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", "));
    for (const field of document.querySelectorAll("[data-chosen-form] [name=ids]")) field.value = [...chosen.keys()].join(",");
  }

  // On a phone the boxes are there when they are asked for.
  function choosing(on) {
    document.documentElement.toggleAttribute("data-choosing", on);
    const button = document.querySelector("[data-choosing][aria-pressed]");
    button?.setAttribute("aria-pressed", String(on));
    if (button) button.textContent = on ? "Done" : "Select";
  }

  function clear() {
    choosing(false);
    chosen.clear();
    last = null;
    show();
  }

  function range(to) {
    const all = boxes();
    const [from, until] = [all.findIndex((one) => one.value === last), all.indexOf(to)].sort((a, b) => a - b);
    for (const one of all.slice(Math.max(from, 0), until + 1)) set(one.value, to.checked);
  }

  document.addEventListener("click", (event) => {
    const { target } = event;
    if (target.matches?.("[data-pick]")) {
      if (event.shiftKey && last !== null) range(target);
      else set(target.value, target.checked);
      last = target.value;
      show();
    } else if (target.matches?.("[data-pick-all]")) {
      for (const one of boxes()) set(one.value, target.checked);
      show();
    } else if (target.closest?.("[data-choosing][aria-pressed]")) {
      if (document.documentElement.hasAttribute("data-choosing")) clear();
      else choosing(true);
    } else if (target.closest?.("[data-chosen-clear]")) {
      clear();
      document.querySelector("[data-pick-all]")?.focus();
    } else if (target.closest?.("[data-chosen-open]")) {
      open(target.closest("[data-chosen-open]").dataset.chosenOpen);
    } else if (target.closest?.("[data-chosen-cancel]")) {
      target.closest("dialog").close();
    }
  });

  // Shift and a click on the cell would mark text.
  document.addEventListener("mousedown", (event) => event.shiftKey && event.target.closest?.(".col-pick") && event.preventDefault());

  function open(key) {
    const dialog = document.getElementById(`chosen-${key}`);
    dialog.querySelector(".chosen-result").replaceChildren();
    dialog.querySelector("[data-error]").textContent = "";
    show();
    dialog.showModal();
    dialog.querySelector("textarea, select, input:not([type=hidden]), [type=submit]").focus();
  }

  document.addEventListener("keydown", (event) => {
    const free = !document.querySelector("dialog:modal, [popover]:popover-open, details[data-menu][open]");
    if (event.key === "Escape" && free && chosen.size > 0 && !event.target.matches?.("input:not([type=checkbox]), textarea")) clear();
  });

  // All went well: say so and let go, or go where a report tells how it goes on. Else the failed ones stay chosen, with
  // the reasons.
  function settle(form) {
    const result = form.querySelector("[data-bulk]");
    if (!result) return;
    const failed = new Set(result.dataset.failed.split(",").filter(Boolean));
    for (const id of [...chosen.keys()]) if (!failed.has(id)) chosen.delete(id);
    show();
    if (failed.size > 0) return;
    if (result.dataset.report) return location.assign(result.dataset.report);
    form.closest("dialog").close();
    document.dispatchEvent(new CustomEvent("fleet:notice", { detail: result.textContent.trim() }));
  }

  document.addEventListener("htmx:after:swap", ({ target }) => {
    if (target.matches?.("[data-chosen-form]")) settle(target);
    else if (chosen.size > 0) show();
  });
  new MutationObserver(show).observe(document.getElementById(bar.dataset.of), { childList: true });
})();
