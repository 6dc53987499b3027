// A row that has just moved to where the pointer rests takes no click: it was meant for another row. Keys are not held up.
window.fleetSteady = (() => {
  const REST = 400; // ms
  const NEAR = 24; // px
  const PRESSED = "fleet.pressed";
  const ROWS = ".need, .departed, .agent-row, .agent-card, .task-row, .task-card, .item, .person, tbody > tr, .activity-list > li";
  const shiftedAt = new WeakMap(); // list => when rows of it last closed up or moved down
  let at = null; // where the pointer was last
  let under = null; // the row there
  let came = -Infinity; // when it came there by itself
  let rest = null; // where the pointer was then: a hand that has gone on from there aims at what it sees
  let dirty = false; // the page has changed since
  let refused = false; // the press that goes on
  let page = null; // where a button was pressed whose answer is this page

  const rowOf = (element) => element?.closest?.(ROWS) ?? null;

  function look() {
    dirty = false;
    if (!at) return;
    const row = rowOf(document.elementFromPoint(at.x, at.y));
    if (row === under) return;
    under = row;
    came = row ? performance.now() : -Infinity;
    rest = at;
  }

  // After the browser has laid the page out anyway.
  function changed() {
    if (dirty) return;
    dirty = true;
    requestAnimationFrame(() => dirty && look());
  }

  function shifted(list) {
    shiftedAt.set(list, performance.now());
    changed();
  }

  function seen({ clientX: x, clientY: y, target }) {
    if (dirty) look();
    if (at?.x === x && at?.y === y) return;
    at = { x, y };
    const row = rowOf(target);
    if (row === under && !(rest && Math.hypot(rest.x - x, rest.y - y) > NEAR)) return;
    under = row;
    came = -Infinity; // by the hand
  }

  function down(event) {
    seen(event);
    const now = performance.now();
    const here = rowOf(event.target);
    if (here !== under) { // the page has moved under a pointer that rests, and nobody has told of it yet
      under = here;
      came = here ? now : -Infinity;
      rest = at;
    }
    const touched = event.pointerType === "touch" && under && now - (shiftedAt.get(under.parentElement) ?? -Infinity) < REST;
    const again = page && now < page.until && Math.hypot(page.x - at.x, page.y - at.y) < NEAR;
    refused = Boolean(again || touched || (under && now - came < REST));
    if (refused) stop(event);
  }

  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  addEventListener("pointermove", seen, { capture: true, passive: true });
  addEventListener("pointerdown", down, true);
  for (const kind of ["mousedown", "click", "auxclick", "dblclick"]) {
    addEventListener(kind, (event) => refused && event.detail > 0 && stop(event), true);
  }
  // Who scrolls moves the rows himself.
  addEventListener("scroll", () => {
    if (dirty || !at) return;
    under = rowOf(document.elementFromPoint(at.x, at.y));
    came = -Infinity;
  }, { capture: true, passive: true });
  document.addEventListener("htmx:after:swap", changed);

  // A form without a part of its own (Sign out, Revoke) brings its page anew: another row may lie where the button was.
  addEventListener("submit", ({ target }) => {
    if (at && target.method === "post" && rowOf(target)) remember([at.x, at.y, Date.now()]);
  }, true);

  function remember(press) {
    try {
      sessionStorage.setItem(PRESSED, JSON.stringify(press));
    } catch {
      // Then a hasty second press is not told from another one.
    }
  }

  function arrive() {
    try {
      const [x, y, when] = JSON.parse(sessionStorage.getItem(PRESSED)) ?? [];
      sessionStorage.removeItem(PRESSED);
      if (Date.now() - when > 10_000) return;
      page = { x, y, until: Infinity };
      requestAnimationFrame(() => { page.until = performance.now() + REST; });
    } catch {
      // The same.
    }
  }

  arrive();
  return { shifted };
})();
