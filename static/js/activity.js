// New lines of the activity wait behind "3 new" while I point at the list or have scrolled past its top.
(() => {
  const KEPT = 80;
  const list = document.getElementById("activity");
  const pill = document.getElementById("activity-new");
  if (!list || !pill) return;
  const panel = list.closest(".panel") ?? list;

  const busy = () => panel.matches(":hover") || panel.contains(document.activeElement) || panel.getBoundingClientRect().top < 0;
  const held = () => list.querySelectorAll(":scope > .held");

  function count() {
    const waiting = held().length;
    pill.hidden = waiting === 0;
    pill.textContent = `${waiting} new`;
  }

  function release() {
    for (const line of held()) line.classList.remove("held");
    while (list.children.length > KEPT) list.lastElementChild.remove();
    count();
  }

  new MutationObserver((changes) => {
    if (!busy() && held().length === 0) return release();
    for (const { addedNodes } of changes) {
      for (const line of addedNodes) if (line.id && line === list.querySelector(`#${CSS.escape(line.id)}`)) line.classList?.add("held");
    }
    count();
  }).observe(list, { childList: true });

  pill.addEventListener("click", () => {
    release();
    list.scrollIntoView({ block: "nearest" });
  });
})();
