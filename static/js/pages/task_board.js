// The board by pointer and by keys: arrows look around, Shift with arrows or dragging moves a card.
(() => {
  const board = document.getElementById("board");
  if (!board) return;
  const STATUSES = [...board.querySelectorAll("[data-column]")].map((column) => column.dataset.column);
  const GIVEN = ["assigned", "in_progress"];

  const listOf = (status) => document.getElementById(`tasks-${status}`);
  const wordOf = (status) => listOf(status).closest(".column").getAttribute("aria-label");
  const cardOf = (element) => element?.closest?.(".task-card");
  const nameOf = (card) => card.querySelector(".task-name");
  const movable = (card) => card.querySelector(".task-menu") !== null;
  const say = (card, words) => {
    card.querySelector("[data-said]").textContent = words;
  };

  // Sends, and says what went wrong in the server's own words; null when all is well.
  async function refusal(href, method, fields) {
    try {
      const headers = { Accept: "application/json" };
      const answer = await fetch(href, { method, headers, body: new URLSearchParams(fields), credentials: "same-origin" });
      if (answer.ok) return null;
      const { error } = await answer.json();
      return answer.status === 401 ? "You are signed out: sign in again in another tab." : error.message;
    } catch {
      return "Fleet could not be reached; the task is where it was.";
    }
  }

  async function move(card, status) {
    const from = card.dataset.status;
    if (status === from || card.hasAttribute("aria-busy")) return;
    const href = nameOf(card).getAttribute("href");
    say(card, "");
    if (from === "pending" && GIVEN.includes(status) && card.dataset.assigned === undefined) {
      document.dispatchEvent(new CustomEvent("fleet:panel", { detail: `${href}/assignee?to=${status}` }));
      return;
    }
    card.setAttribute("aria-busy", "true");
    const list = listOf(status);
    fleetPlace.put(list, card, list.firstElementChild);
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    const wrong = await refusal(href, "PATCH", { status });
    card.removeAttribute("aria-busy");
    if (wrong) {
      fleetPlace.put(listOf(card.dataset.status), card);
      say(card, wrong);
    } else {
      card.dataset.status = status;
      document.dispatchEvent(new CustomEvent("fleet:say", { detail: `${card.dataset.number} moved to ${wordOf(status)}.` }));
    }
    for (const status of STATUSES) fleetPlace.count(listOf(status));
  }

  async function takeBack(card) {
    say(card, "");
    const wrong = await refusal(`${nameOf(card).getAttribute("href")}/claim`, "DELETE", {});
    if (wrong) say(card, wrong);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-move], [data-release]");
    const card = cardOf(form);
    if (!card) return;
    event.preventDefault();
    const menu = form.closest("details");
    if (menu) menu.open = false;
    nameOf(card).focus({ preventScroll: true });
    if (form.matches("[data-move]")) move(card, event.submitter.value);
    else takeBack(card);
  });

  // By pointer
  let dragged = null;

  function over(column) {
    for (const other of board.querySelectorAll(".column")) other.classList.toggle("over", other === column);
  }

  // A finger is the business of touch.js.
  board.addEventListener("pointerdown", ({ target, pointerType }) => {
    const card = cardOf(target);
    if (card) card.draggable = pointerType !== "touch" && movable(card) && !target.closest("details, form");
  });
  board.addEventListener("fleet:move", ({ detail }) => move(detail.card, detail.status));
  board.addEventListener("dragstart", (event) => {
    const card = cardOf(event.target);
    if (!card?.draggable) return;
    dragged = card;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", `${card.dataset.number} ${nameOf(card).textContent.trim()}`);
    setTimeout(() => dragged?.classList.add("dragging"));
  });
  board.addEventListener("dragover", (event) => {
    const column = event.target.closest?.(".column");
    if (!dragged || !column) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    over(column);
  });
  board.addEventListener("drop", (event) => {
    const column = event.target.closest?.(".column");
    if (!dragged || !column) return;
    event.preventDefault();
    const card = dragged;
    card.classList.remove("dragging");
    move(card, column.dataset.column);
  });
  board.addEventListener("dragend", () => {
    over(null);
    const card = dragged;
    dragged = null;
    if (!card) return;
    card.classList.remove("dragging");
    if (!card.hasAttribute("aria-busy")) fleetPlace.put(listOf(card.dataset.status), card);
  });

  // By keys
  const cardsOf = (status) => [...listOf(status).querySelectorAll(":scope > .task-card:not(.held)")];

  function neighbour(card, key) {
    const column = STATUSES.indexOf(card.parentElement.dataset.status);
    const cards = cardsOf(STATUSES[column]);
    const place = cards.indexOf(card);
    if (key === "ArrowUp") return cards[place - 1];
    if (key === "ArrowDown") return cards[place + 1];
    const step = key === "ArrowRight" ? 1 : -1;
    for (let next = column + step; next >= 0 && next < STATUSES.length; next += step) {
      const there = cardsOf(STATUSES[next]);
      if (there.length) return there[Math.min(place, there.length - 1)];
    }
    return null;
  }

  document.addEventListener("keydown", (event) => {
    if (!event.key.startsWith("Arrow") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const at = document.activeElement;
    const card = at?.matches(".task-name") ? cardOf(at) : null;
    if (!card && at && at !== document.body && at.id !== "main") return;
    event.preventDefault();
    if (card && event.shiftKey) {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const status = STATUSES[STATUSES.indexOf(card.dataset.status) + step];
      if (step && status && movable(card)) move(card, status);
      return;
    }
    const next = card ? neighbour(card, event.key) : board.querySelector(".task-card:not(.held)");
    if (!next) return;
    nameOf(next).focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
})();
