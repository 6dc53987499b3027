// Where the pieces of the live stream go: swap styles, focus, and the number in the title.
(() => {
  let api;

  // A piece whose id is on the page changes in place; a new one comes last, or first. A target may be data-fresh
  // (shows "nothing here yet": read the page again) or data-closed (nothing new comes in as long as there is more
  // to show, except by "more", the next part of the list).
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
      } else if (style === "more" || target.dataset.closed === undefined || !document.querySelector(".list-foot a")) {
        if (style === "upsert-first") target.prepend(piece);
        else if (!fleetDepartures.backTo(piece, target)) target.append(piece);
        pieces.push(piece);
      }
    }
    return pieces;
  }

  // An answer that was begun belongs to the question that was on the screen then: it is not passed on to the next
  // one. The server refuses it (forms.js says so), and whoever sends it again means the new question.
  function keepQuestion(field, question) {
    const begun = [...field.form.elements].some(({ type, value, checked }) =>
      type === "radio" ? checked && value : type === "textarea" && value.trim());
    field.next = begun ? question : undefined;
    return begun;
  }

  function kept(element, name, value) {
    // What a person has unfolded stays unfolded, and what failed stays marked until the next try.
    if (name === "open") return element.matches("details, dialog");
    if (!element.form) return false;
    if (name === "aria-invalid") return true;
    if (name !== "value") return false;
    // A choice that means something else now is not chosen any more.
    if (element.type === "radio") element.checked = false;
    return element.name === "question" && keepQuestion(element, value);
  }

  function count() {
    const waiting = document.getElementById("badge-overview")?.dataset.count ?? "0";
    const title = document.title.replace(/^\(\d+\) /, "");
    const next = waiting === "0" ? title : `(${waiting}) ${title}`;
    if (document.title !== next) document.title = next;
  }

  htmx.registerExtension("fleet", {
    init: (internal) => {
      api = internal;
    },
    handle_swap: (style, target, fragment) => {
      if (style === "depart") return fleetDepartures.depart(target, fragment);
      return ["upsert", "upsert-first", "more"].includes(style) ? upsert(style, target, fragment) : false;
    },
    htmx_before_morph_attr: (element, { attrName, newValue }) => !kept(element, attrName, newValue),
  });

  document.addEventListener("htmx:after:swap", count);

  // htmx parks nodes in an element after the body. There, each new one makes the browser look at the style of every
  // element of the page, because of Bootstrap's "legend + *": half a second a second with a thousand busy rows.
  const parking = document.createElement("div");
  parking.hidden = true;
  document.body.append(parking);
  document.body.after = (...nodes) => parking.append(...nodes);
  document.body.insertAdjacentElement = (where, element) =>
    where === "afterend" ? parking.appendChild(element) : Element.prototype.insertAdjacentElement.call(document.body, where, element);
})();
