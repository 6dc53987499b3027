// Notices that this browser shows. The stream rings a bell for everybody; whoever has a channel here asks whether
// it was meant, and whichever tab asks first is handed it, so that it is shown once.
(() => {
  const KEY = "fleet-notices";
  const bell = document.getElementById("notice-bell");
  if (!bell) return;
  const { root } = bell.dataset;
  const possible = "Notification" in window && isSecureContext;
  let rung = bell.dataset.rung;
  let asking = false;
  let again = false;

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // Storage may be forbidden: then this browser is no channel.
    }
  }

  function store(channel) {
    if (channel) localStorage.setItem(KEY, channel);
    else localStorage.removeItem(KEY);
  }

  const post = (path, body) =>
    fetch(`${root}/notice-channels${path}`, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      body: JSON.stringify(body),
      credentials: "same-origin",
    });

  // What somebody is writing on this page stays where it is.
  function open(path) {
    const writing = [...document.querySelectorAll("textarea")].some((field) => field.value.trim());
    if (writing) window.open(root + path, "_blank", "noopener");
    else location.assign(root + path);
  }

  function show({ id, title, text, path }) {
    const notice = new Notification(title, { body: text, tag: id });
    notice.addEventListener("click", () => {
      focus();
      notice.close();
      open(path);
    });
  }

  async function pickUp() {
    const channel = stored();
    if (!channel || !possible || Notification.permission !== "granted") return;
    again = asking;
    if (asking) return;
    asking = true;
    try {
      const answer = await post(`/${encodeURIComponent(channel)}/pickups`, {});
      // Somebody else is signed in here by now, or the channel was removed.
      if (answer.status === 404) store(null);
      if (!answer.ok) return;
      const { messages } = await answer.json();
      messages.forEach(show);
    } catch {
      return; // The next ring, or the next page, asks again.
    } finally {
      asking = false;
      if (again) pickUp();
    }
  }

  // The page of notices itself: what was delivered, how the channels are doing.
  async function refresh() {
    const log = document.getElementById("notice-log");
    if (!log) return;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    await htmx.swap({
      sourceElement: log, target: log, text: await answer.text(), select: "#notice-log",
      selectOOB: "#notice-channels:outerMorph", swap: "outerMorph",
    });
    here();
  }

  const panel = document.getElementById("notices-here");

  function here() {
    if (!panel) return;
    const own = document.querySelector(`[data-channel="${CSS.escape(stored() ?? "")}"] .channel-here`);
    if (own) own.hidden = false;
    if (!possible) panel.dataset.state = "none";
    else if (Notification.permission === "denied") panel.dataset.state = "blocked";
    else panel.dataset.state = own && Notification.permission === "granted" ? "on" : "off";
  }

  async function switchOn() {
    const error = panel.querySelector("[data-notices-error]");
    error.textContent = "";
    if ((await Notification.requestPermission()) !== "granted") return here();
    const answer = await post("", { kind: "browser" });
    const said = await answer.json();
    if (!answer.ok) {
      error.textContent = said.error.message;
      return;
    }
    store(said.id);
    await refresh();
  }

  panel?.querySelector("[data-notices-on]").addEventListener("click", switchOn);
  const zone = document.querySelector("[data-own-zone]");
  const here_is = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && [...zone.list.options].some(({ value }) => value === here_is)) zone.value = here_is;

  document.addEventListener("htmx:after:swap", () => {
    const now = document.getElementById("notice-bell")?.dataset.rung;
    if (now === rung) return;
    rung = now;
    pickUp();
    refresh();
  });
  here();
  pickUp();
})();
