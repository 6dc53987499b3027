// Rows that leave. What the pointer is on does not move: a row leaves a place of its own height behind, which says what
// became of it, until the pointer has left the list. Where an answer was sent from here, it stays some seconds in any
// case and can be taken back; the server says whether it was read before.
window.fleetDepartures = (() => {
  const UNDO = 5000; // ms
  const SWEEP = 250; // ms
  const ROWS = ".need, .agent-row, .agent-card, .host-row";
  const senders = new WeakMap(); // a form that sends => the id of its row
  const sending = new Set(); // ids of rows whose answer is under way: they leave a place wherever the pointer is
  let sweeping = 0;

  const pointed = (list) => matchMedia("(hover: hover)").matches && list.matches(":hover");

  function handFocusOn(row) {
    if (!row.contains(document.activeElement)) return;
    const others = (next) => {
      let other = row[next];
      while (other?.matches(".departed")) other = other[next];
      return other;
    };
    const heir = others("nextElementSibling") ?? others("previousElementSibling") ?? document.getElementById("main");
    focusOn(heir);
  }

  function focusOn(element) {
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
  }

  // One that has no words is an empty place.
  function fill(place, nodes) {
    const box = place.matches("tr") ? place.appendChild(document.createElement("td")) : place;
    if (box !== place) box.colSpan = 99;
    box.replaceChildren(...nodes);
    if (box.textContent.trim()) {
      box.prepend(Object.assign(document.createElement("bdi"), { className: "departed-name", textContent: place.dataset.name }));
      place.removeAttribute("aria-hidden");
    }
    else place.setAttribute("aria-hidden", "true");
    if (place.isConnected) htmx.process(place);
  }

  function leavePlace(row, nodes) {
    const place = document.createElement(row.tagName);
    const { height } = row.getBoundingClientRect();
    handFocusOn(row);
    document.getElementById(`gone-${row.id}`)?.removeAttribute("id");
    place.id = `gone-${row.id}`;
    place.dataset.leaver = row.id;
    place.className = `departed ${row.classList[0]}-departed`;
    place.style.height = `${height}px`;
    place.dataset.name = row.querySelector(".need-name, .agent-name, .host-name")?.textContent.trim() ?? "";
    if (place.matches("tr")) place.setAttribute("role", "row");
    fill(place, nodes);
    row.replaceWith(place);
    htmx.process(place); // which it would not do before
    sweeping ||= setInterval(sweep, SWEEP);
    return place;
  }

  function depart(row, fragment) {
    const list = row.parentElement;
    if (row.matches(ROWS) && (sending.has(row.id) || pointed(list))) leavePlace(row, [...fragment.childNodes]);
    else {
      handFocusOn(row);
      row.remove();
      fleetSteady.shifted(list);
    }
    return [];
  }

  // A need that is open again comes back to where it was.
  function backTo(piece, list) {
    const place = document.getElementById(`gone-${piece.id}`);
    if (place?.parentElement !== list || !("back" in place.dataset)) return false;
    const focused = place.contains(document.activeElement);
    place.replaceWith(piece);
    if (focused) focusOn(piece);
    return true;
  }

  function sent(id, text) {
    const nodes = [...new DOMParser().parseFromString(text, "text/html").body.childNodes];
    const row = document.getElementById(id);
    const place = row ? leavePlace(row, nodes) : document.getElementById(`gone-${id}`);
    if (!place) return;
    if (!row) fill(place, nodes);
    place.dataset.stays = performance.now() + UNDO;
    sweep();
  }

  function sweep() {
    const places = document.querySelectorAll(".departed");
    for (const place of places) {
      const left = Number(place.dataset.stays ?? 0) - performance.now();
      const undo = place.querySelector("[data-undo]:not([aria-busy])");
      const seconds = undo?.querySelector("[data-seconds]"); // gone once it was pressed
      if (seconds && left > 0) seconds.textContent = `${Math.ceil(left / 1000)} s`;
      const done = undo && left <= 0 && !undo.contains(document.activeElement) && !undo.querySelector("[data-error]").textContent;
      if (done) undo.remove();
      const busy = sending.has(place.dataset.leaver) || place.querySelector("[aria-busy]");
      if (left > 0 || busy || pointed(place.parentElement)) continue;
      if (place.contains(document.activeElement)) continue;
      fleetSteady.shifted(place.parentElement);
      place.remove();
    }
    if (places.length) return;
    clearInterval(sweeping);
    sweeping = 0;
  }

  function undone(form, well) {
    const place = form.closest(".departed");
    form.removeAttribute("aria-busy");
    if (!place) return;
    place.dataset.stays = performance.now() + UNDO; // to be read
    form.querySelector("button")?.remove();
    form.querySelector("[data-seconds]")?.remove();
    if (!well) delete place.dataset.back;
  }

  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement;
    const row = form?.matches?.("form") && form.closest(".need");
    if (row) {
      senders.set(form, row.id);
      sending.add(row.id);
    } else if (form?.matches?.("[data-undo]")) {
      form.setAttribute("aria-busy", "true");
      form.closest(".departed").dataset.back = "";
    }
  });

  function ended(form, status, text) {
    if (form?.matches?.("[data-undo]")) return undone(form, status < 400);
    const id = senders.get(form);
    if (!id) return;
    sending.delete(id);
    senders.delete(form);
    if (status === 200 && text.includes("data-undo")) sent(id, text);
  }

  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => ended(ctx.sourceElement, ctx.response.status, ctx.text));
  document.addEventListener("htmx:error", ({ target, detail: { ctx } }) => ctx?.response || ended(ctx?.sourceElement ?? target, 599, ""));

  return { depart, backTo };
})();
