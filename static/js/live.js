// Where the pieces of the live stream go: swap styles, focus, and the number in the title.
(() => {
  let api;

  // A piece whose id is on the page changes in place; a new one comes last, or first. A target may be data-fresh
  // (shows "nothing here yet": read the page again) or data-closed (a filtered list: nothing new comes in).
  function upsert(style, target, fragment) {
    const pieces = [];
    for (const piece of [...fragment.children]) {
      const there = piece.id && document.getElementById(piece.id);
      if (there) {
        const wrapped = document.createDocumentFragment();
        wrapped.append(piece);
        api.morph(there, wrapped, false);
        pieces.push(there);
      } else if (target.dataset.fresh !== undefined) {
        document.dispatchEvent(new CustomEvent("fleet:refresh"));
      } else if (target.dataset.closed === undefined) {
        if (style === "upsert-first") target.prepend(piece);
        else target.append(piece);
        pieces.push(piece);
      }
    }
    return pieces;
  }

  // What has the focus may go (a question that is answered): its neighbour takes over.
  function keepFocus(tasks) {
    for (const { target, swapSpec } of tasks) {
      if (swapSpec?.style !== "delete" || !target?.contains?.(document.activeElement)) continue;
      const next = target.nextElementSibling ?? target.previousElementSibling ?? document.getElementById("main");
      next.tabIndex = -1;
      next.focus({ preventScroll: true });
    }
  }

  function count() {
    const waiting = document.getElementById("badge-overview")?.dataset.count ?? "0";
    const title = document.title.replace(/^\(\d+\) /, "");
    document.title = waiting === "0" ? title : `(${waiting}) ${title}`;
  }

  htmx.registerExtension("fleet", {
    init: (internal) => {
      api = internal;
    },
    handle_swap: (style, target, fragment) =>
      style === "upsert" || style === "upsert-first" ? upsert(style, target, fragment) : false,
    htmx_before_swap: (element, { tasks }) => {
      keepFocus(tasks);
    },
    // What a person has unfolded stays unfolded, and what failed stays marked until the next try.
    htmx_before_morph_attr: (element, { attrName }) =>
      !(attrName === "open" && element.matches("details, dialog")) && !(attrName === "aria-invalid" && element.form),
  });

  document.addEventListener("htmx:after:swap", count);
})();
