// Is what I see true now? Says in words how the page's connection stands.
(() => {
  const PATIENCE = 20_000; // After that, "reconnecting" becomes "offline since".

  const shown = document.getElementById("live-state");
  if (!shown) return;
  const text = shown.querySelector("[data-live-text]");
  const since = shown.querySelector("[data-live-since]");
  const said = document.getElementById("live-said");

  let heardAt = Date.now();
  let nextTryAt = 0;
  let state = "start";

  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

  function show(next) {
    if (next === "wait" && (!navigator.onLine || Date.now() - heardAt > PATIENCE)) next = "off";
    if (next === "wait" || next === "off") {
      const seconds = Math.ceil((nextTryAt - Date.now()) / 1000);
      text.textContent = seconds > 0 ? `Reconnecting in ${seconds} s` : "Reconnecting";
      shown.title = next === "off" ? (seconds > 0 ? `Next try in ${seconds} s` : "Trying now") : "";
      since.textContent = clock.format(heardAt);
      since.dateTime = new Date(heardAt).toISOString();
    }
    if (next === state) return;
    state = next;
    shown.dataset.state = document.documentElement.dataset.live = state;
    if (state === "live") shown.title = "Changes appear by themselves";
    said.textContent = { live: "Live", wait: "Connection lost, reconnecting", off: `Offline since ${since.textContent}`, out: "Signed out" }[state];
  }

  document.addEventListener("fleet:live", ({ detail }) => {
    if (detail.state === "live") heardAt = Date.now();
    if (detail.state === "wait") nextTryAt = detail.next;
    // Who is signed out stays so until a try succeeds: after signing in again in another tab.
    if (state !== "out" || detail.state === "live") show(detail.state);
  });
  setInterval(() => {
    if (state === "wait" || state === "off") show("wait");
  }, 1000);
})();
