// Is what I see true now? Watches the stream's life, says it in words, and revives it.
(() => {
  const SILENCE = 40_000; // The server sends a comment every 15 s: two missed are too many.
  const PATIENCE = 20_000; // After that, "reconnecting" becomes "offline since".

  const live = document.getElementById("live");
  const shown = document.getElementById("live-state");
  if (!live || !shown) return;
  const text = shown.querySelector("[data-live-text]");
  const since = shown.querySelector("[data-live-since]");
  const said = document.getElementById("live-said");

  let connection = null;
  let heardAt = Date.now();
  let nextTryAt = 0;
  let failures = 0;
  let retry = 0;
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

  function heard() {
    heardAt = Date.now();
    failures = 0;
    show("live");
  }

  // Comments never surface as events, so the reader itself is listened to.
  function listen(to) {
    let reader = to.reader;
    Object.defineProperty(to, "reader", {
      get: () => reader,
      set: (next) => {
        reader = next;
        if (!next) return;
        const read = next.read.bind(next);
        next.read = async () => {
          const chunk = await read();
          if (!chunk.done) heard();
          return chunk;
        };
      },
    });
    // Spread over pages, but the same for this one: the countdown must be true.
    to.config.reconnectJitter = 0;
    to.config.reconnectDelay = 700 + Math.random() * 600;
  }

  const signedOut = (status) => status === 401 || status === 403;

  live.addEventListener("htmx:sse:before:connection", ({ detail }) => {
    if (connection !== detail.connection) {
      connection = detail.connection;
      listen(connection);
      return;
    }
    const { reconnectDelay, reconnectMaxDelay } = connection.config;
    nextTryAt = Date.now() + Math.min(reconnectDelay * 2 ** (connection.attempt - 1), reconnectMaxDelay);
    // Who is signed out stays so until a try succeeds: after signing in again in another tab.
    if (state !== "out") show("wait");
  });
  live.addEventListener("htmx:sse:after:connection", heard);
  live.addEventListener("htmx:sse:error", ({ detail }) => show(signedOut(detail.status) ? "out" : "wait"));
  live.addEventListener("htmx:sse:close", () => {
    connection = null;
  });

  // The first connection is an ordinary request, which nobody repeats but us.
  live.addEventListener("htmx:finally:request", ({ detail }) => {
    if (connection) return;
    if (signedOut(detail.ctx.response?.status)) return show("out");
    const delay = Math.min(1000 * 2 ** failures++, 30_000) * (0.7 + Math.random() * 0.6);
    nextTryAt = Date.now() + delay;
    show("wait");
    clearTimeout(retry);
    retry = setTimeout(() => htmx.process(live, true), delay);
  });

  function hurry() {
    if (state === "live") return;
    if (connection) return connection.delayCanceller?.();
    clearTimeout(retry);
    htmx.process(live, true);
  }

  addEventListener("online", hurry);
  addEventListener("offline", () => connection?.reader?.cancel());
  document.addEventListener("visibilitychange", () => document.hidden || hurry());
  setInterval(() => {
    if (state === "live" && Date.now() - heardAt > SILENCE) connection?.reader?.cancel();
    if (state === "wait" || state === "off") show("wait");
  }, 1000);
})();
