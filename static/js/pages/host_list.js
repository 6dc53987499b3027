// The list of hosts: its filter says while it is typed what it matches, and the rows in sight are asked for anew
// every few seconds, in place; so are one host's gauges. A page that nobody sees asks for nothing.
(() => {
  const EVERY = 5000; // ms between two looks at the rows
  const PAUSE = 180; // ms after which a word counts as typed

  const field = () => document.querySelector("form[data-host-filter] [name=q]");
  let timer = 0;
  let asked = 0;
  let refreshing = false;
  let again = false;

  async function part(address) {
    const answer = await fetch(address, { headers: { Accept: "text/html", "HX-Request": "true" }, cache: "no-store" });
    return answer.ok ? answer.text() : "";
  }

  const put = (text, target, swap) => htmx.swap({ sourceElement: target, target, text, swap });

  // The list follows the words once they can be read; until then it stays as it was.
  async function look() {
    const input = field();
    const number = (asked += 1);
    const query = new URLSearchParams([...new FormData(input.form)].filter(([, value]) => value && value !== "state"));
    const text = await part(`${input.form.dataset.hostFilter}?${query}`);
    const place = document.getElementById("host-matches");
    if (!text || number !== asked || !place) return;
    await put(text, place, "outerMorph");
    const wrong = document.querySelector("#host-matches[data-wrong]");
    if (wrong) return input.setAttribute("aria-invalid", "true");
    input.removeAttribute("aria-invalid");
    history.replaceState(history.state, "", `${input.form.action}${query.size ? `?${query}` : ""}`);
    refresh();
  }

  function refresh() {
    again = refreshing;
    if (refreshing) return;
    refreshing = true;
    document.dispatchEvent(new CustomEvent("fleet:refresh"));
  }

  document.addEventListener("fleet:refreshed", () => {
    refreshing = false;
    if (again) refresh();
  });

  document.addEventListener("input", ({ target }) => {
    if (target !== field()) return;
    clearTimeout(timer);
    timer = setTimeout(() => look().catch(() => {}), PAUSE);
  });

  function inSight(row) {
    const { top, bottom } = row.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  }

  async function watch() {
    if (document.hidden || document.documentElement.dataset.live === "out") return;
    const one = document.querySelector("[data-watch]");
    if (one) await bring(one.dataset.watch);
    const body = document.querySelector("[data-host-rows]");
    if (!body) return;
    const ids = [...body.querySelectorAll("[data-host]")].filter(inSight).map((row) => ["id", row.dataset.host]);
    if (ids.length > 0) await bring(`${body.dataset.hostRows}?${new URLSearchParams(ids)}`);
  }

  async function bring(address) {
    const text = await part(address);
    const live = document.getElementById("live");
    if (text && live) await put(text, live, "none swapEmpty:false");
  }

  const soon = () => watch().catch(() => {});
  setInterval(soon, EVERY);
  document.addEventListener("visibilitychange", soon);
  soon();
})();
