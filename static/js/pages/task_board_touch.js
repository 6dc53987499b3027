// The board by touch: a card that is held for a moment comes along with the finger. The menu on it does the same.
(() => {
  const board = document.getElementById("board");
  if (!board) return;
  const HOLD = 350; // After that, a finger that has not moved takes the card; before, it scrolls.
  const SLACK = 8;
  const EDGE = 64; // So near to the side, the board scrolls.
  let press = null;
  let drag = null;

  const columnAt = ({ x, y }) => document.elementFromPoint(x, y)?.closest(".column");
  const place = ({ touches, changedTouches }) => {
    const { clientX: x, clientY: y } = touches[0] ?? changedTouches[0];
    return { x, y };
  };

  function forget() {
    clearTimeout(press?.timer);
    press = null;
  }

  function mark(column) {
    for (const other of board.querySelectorAll(".column")) other.classList.toggle("over", other === column);
  }

  // What follows the finger is a copy: the stream may change the card meanwhile.
  function lift() {
    const { card, at } = press;
    const box = card.getBoundingClientRect();
    const ghost = card.cloneNode(true);
    for (const element of [ghost, ...ghost.querySelectorAll("[id]")]) element.removeAttribute("id");
    ghost.inert = true;
    ghost.classList.add("lifted");
    Object.assign(ghost.style, { width: `${box.width}px`, left: `${box.left}px`, top: `${box.top}px` });
    document.body.append(ghost);
    card.classList.add("dragging");
    drag = { card, ghost, from: at, at };
    board.classList.add("moving");
    navigator.vibrate?.(10);
    forget();
    requestAnimationFrame(scroll);
  }

  function scroll() {
    if (!drag) return;
    const { left, right } = board.getBoundingClientRect();
    const x = drag.at.x;
    if (x < Math.max(left, 0) + EDGE) board.scrollLeft -= 8;
    else if (x > Math.min(right, innerWidth) - EDGE) board.scrollLeft += 8;
    mark(columnAt(drag.at));
    requestAnimationFrame(scroll);
  }

  function drop(column) {
    const { card, ghost } = drag;
    drag = null;
    ghost.remove();
    board.classList.remove("moving");
    card.classList.remove("dragging");
    mark(null);
    if (column && card.isConnected) board.dispatchEvent(new CustomEvent("fleet:move", { detail: { card, status: column.dataset.column } }));
  }

  board.addEventListener("touchstart", (event) => {
    forget();
    const card = event.target.closest(".task-card");
    if (drag || event.touches.length > 1 || !card?.querySelector(".task-menu") || event.target.closest("details, form")) return;
    press = { card, at: place(event), timer: setTimeout(lift, HOLD) };
  }, { passive: true });

  board.addEventListener("touchmove", (event) => {
    const at = place(event);
    if (press && Math.hypot(at.x - press.at.x, at.y - press.at.y) > SLACK) forget();
    if (!drag) return;
    event.preventDefault(); // The page stays where it is.
    drag.at = at;
    drag.ghost.style.translate = `${at.x - drag.from.x}px ${at.y - drag.from.y}px`;
  }, { passive: false });

  board.addEventListener("touchend", (event) => {
    forget();
    if (!drag) return;
    event.preventDefault(); // No click on the card.
    drop(columnAt(place(event)));
  });
  board.addEventListener("touchcancel", () => {
    forget();
    if (drag) drop(null);
  });
  board.addEventListener("contextmenu", (event) => (press || drag) && event.preventDefault());
})();
