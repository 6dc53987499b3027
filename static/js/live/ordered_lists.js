// Lists in an order (data-place; their entries carry data-order): the stream puts entries where they belong.
// What the pointer is on does not move: who comes waits behind "2 new", who goes leaves a gap, until it is elsewhere.
window.fleetPlace = (() => {
  const LIMIT = 50;
  const mine = new Set();
  let api;

  const area = (list) => list.closest(".column, .task-list");
  const resting = (list) => matchMedia("(hover: hover)").matches && area(list).matches(":hover");
  const held = (list) => [...list.children].filter((entry) => entry.classList.contains("held"));
  const busy = (entry) => entry.classList.contains("dragging") || entry.hasAttribute("aria-busy");

  function successor(list, entry) {
    return [...list.children].find((other) => other !== entry && other.dataset.order > entry.dataset.order) ?? null;
  }

  // Focus and whatever is open in it go along.
  function put(list, entry, before = successor(list, entry)) {
    const focused = entry.contains(document.activeElement) ? document.activeElement : null;
    if (entry.parentElement === list && entry.nextElementSibling === before) return;
    if (entry.isConnected && list.moveBefore) list.moveBefore(entry, before);
    else list.insertBefore(entry, before);
    if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true });
  }

  function leaveGap(entry) {
    const gap = document.createElement(entry.tagName);
    gap.className = "gap";
    gap.ariaHidden = "true";
    gap.dataset.order = entry.dataset.order;
    gap.style.height = `${entry.getBoundingClientRect().height}px`;
    entry.before(gap);
  }

  function count(list) {
    const box = area(list);
    const pill = box.querySelector("[data-held]");
    const foot = box.querySelector("[data-total]");
    const waiting = held(list).length;
    if (pill) {
      pill.hidden = waiting === 0;
      pill.textContent = `${waiting} new`;
    }
    if (!foot) return;
    const entries = [...list.children].filter((entry) => !entry.classList.contains("gap"));
    const more = Math.max(0, Number(foot.dataset.total) - entries.length);
    foot.hidden = more === 0;
    foot.querySelector("[data-more]").textContent = more.toLocaleString("en");
  }

  function settle(list) {
    for (const gap of list.querySelectorAll(":scope > .gap")) gap.remove();
    for (const entry of held(list)) entry.classList.remove("held");
    for (const entry of [...list.children]) if (!busy(entry)) put(list, entry);
    const extra = area(list).querySelector("[data-total]") ? [...list.children].slice(LIMIT) : [];
    for (const entry of extra) if (!entry.contains(document.activeElement) && !busy(entry)) entry.remove();
    count(list);
  }

  function enter(list, entry) {
    const before = successor(list, entry);
    const foot = area(list).querySelector("[data-total]");
    const cut = list.dataset.closed !== undefined || (foot && Number(foot.dataset.total) > list.children.length && list.children.length >= LIMIT);
    if (cut && !before) return false;
    list.insertBefore(entry, before);
    const own = mine.delete(entry.dataset.task);
    if (resting(list) && !own) entry.classList.add("held");
    return true;
  }

  function transfer(list, entry) {
    const from = entry.parentElement;
    if (resting(from)) leaveGap(entry);
    put(list, entry);
    if (resting(list) && !entry.contains(document.activeElement)) entry.classList.add("held");
    count(from);
  }

  function place(list, fragment) {
    const placed = [];
    for (const piece of [...fragment.children]) {
      const there = document.getElementById(piece.id);
      if (!there) {
        if (enter(list, piece)) placed.push(piece);
        continue;
      }
      const wrapped = document.createDocumentFragment();
      wrapped.append(piece);
      api.morph(there, wrapped, false);
      if (!busy(there) && there.parentElement !== list) transfer(list, there);
      placed.push(there);
    }
    if (resting(list)) count(list);
    else settle(list);
    return placed;
  }

  function leave(entry) {
    const list = entry.parentElement;
    if (entry.contains(document.activeElement)) {
      const next = entry.nextElementSibling ?? entry.previousElementSibling;
      (next?.querySelector(".task-name") ?? document.getElementById("main")).focus({ preventScroll: true });
    }
    if (resting(list)) leaveGap(entry);
    entry.remove();
    count(list);
    return [];
  }

  htmx.registerExtension("place", {
    init: (internal) => {
      api = internal;
    },
    handle_swap: (style, target, fragment) => {
      if (style === "place") return place(target, fragment);
      return style === "leave" ? leave(target) : false;
    },
    // An entry keeps what the page has added to it.
    htmx_before_morph_attr: (element, { attrName }) =>
      !(element.matches("[data-task]") && ["class", "draggable", "aria-busy"].includes(attrName)),
  });

  const lists = () => document.querySelectorAll("[data-place]");
  const unsettled = (list) => list.querySelector(":scope > .gap, :scope > .held");

  document.addEventListener("pointerover", () => {
    for (const list of lists()) if (unsettled(list) && !resting(list)) settle(list);
  });
  document.addEventListener("pointerleave", () => lists().forEach(settle));
  document.addEventListener("click", ({ target }) => {
    const pill = target.closest?.("[data-held]");
    if (pill) settle(pill.parentElement.querySelector("[data-place]"));
  });
  document.addEventListener("fleet:mine", ({ detail }) => {
    const there = document.querySelector(`[data-task="${CSS.escape(detail)}"]`);
    if (!there) return mine.add(detail);
    there.classList.remove("held");
    return count(there.parentElement);
  });
  document.addEventListener("htmx:after:swap", () => lists().forEach(count));

  return { put, settle, count };
})();
