// New lines of the activity wait behind "3 new" while I point at the list or have scrolled past its top.
// A list with data-days is the long one of its own page: its lines stand under the days of my time zone.
(() => {
  const list = document.getElementById("activity");
  const pill = document.getElementById("activity-new");
  if (!list || !pill) return;
  const KEPT = Number(list.dataset.kept ?? 80);
  const HELD = 500; // Beyond that, the page is read anew.
  const long = list.dataset.days !== undefined;
  const panel = list.closest(".panel") ?? list;
  let first = list.firstElementChild;

  function busy() {
    const reading = long ? list : panel;
    return reading.matches(":hover") || reading.contains(document.activeElement) || panel.getBoundingClientRect().top < 0;
  }

  const held = () => list.querySelectorAll(":scope > .held");

  function count() {
    const waiting = held().length;
    pill.hidden = waiting === 0;
    pill.textContent = waiting > HELD ? `${HELD}+ new` : `${waiting} new`;
  }

  // What is cut off at the end is what "Show older" brings next.
  function cut() {
    if (list.children.length <= KEPT) return;
    while (list.children.length > KEPT) list.lastElementChild.remove();
    const older = document.querySelector("#activity-more a");
    const last = [...list.querySelectorAll(":scope > [data-seq]")].at(-1);
    if (!older || !last) return;
    const url = new URL(older.href);
    url.searchParams.set("before", last.dataset.seq);
    for (const name of ["href", "hx-get"]) older.setAttribute(name, url.pathname + url.search);
  }

  function release() {
    if (held().length > HELD) return location.reload();
    for (const line of held()) line.classList.remove("held");
    cut();
    settle();
  }

  const calendar = (options) => new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", ...options });
  const [short, whole] = [calendar({ weekday: "long" }), calendar({ year: "numeric" })];

  function named(moment) {
    const today = new Date(fleetClock.now()).setHours(0, 0, 0, 0);
    const days = Math.round((today - new Date(moment).setHours(0, 0, 0, 0)) / 86_400_000);
    if (days === 0) return "Today";
    if (days === 1) return "Yesterday";
    return (days < 300 ? short : whole).format(moment);
  }

  // A heading where the day changes; the server's are those of UTC.
  function days() {
    for (const heading of list.querySelectorAll(":scope > .line-day")) heading.remove();
    let day = "";
    for (const line of list.querySelectorAll(":scope > [data-at]:not(.held)")) {
      const moment = new Date(line.dataset.at);
      const key = moment.toDateString();
      if (key !== day) {
        const heading = document.createElement("li");
        heading.className = "line-day";
        heading.append(Object.assign(document.createElement("h2"), { textContent: named(moment) }));
        line.before(heading);
      }
      day = key;
    }
  }

  function settle() {
    if (long) days();
    count();
    first = list.querySelector(":scope > [id]");
    observer.takeRecords();
  }

  const observer = new MutationObserver((changes) => {
    const added = changes.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node.id && node.isConnected);
    const fresh = added.filter((node) => first?.isConnected && node.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (fresh.length > 0 && !busy() && held().length === 0) return release();
    for (const line of fresh) line.classList.add("held");
    settle();
  });
  observer.observe(list, { childList: true });

  pill.addEventListener("click", () => {
    if (long) scrollTo({ top: 0 });
    else list.scrollIntoView({ block: "nearest" });
    release();
  });

  if (!long) return;
  settle();
  addEventListener("scroll", () => held().length > 0 && !busy() && release(), { passive: true });
  const date = () => new Date(fleetClock.now()).toDateString();
  let today = date();
  setInterval(() => {
    if (today === date()) return;
    today = date();
    settle();
  }, 30_000);
})();
