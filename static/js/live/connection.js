// A page's end of the browser's one live stream (hub.js): says what it wants, puts in place what comes, and finds
// another hub when its own is dead. How it stands it tells by "fleet:live" (indicator.js shows it).
(() => {
  const HELLO = 10_000; // ms for a hub's answer; a page that waits thrice in vain is its own hub from then on
  const SILENCE = 60_000; // a hub says something every 15 s

  const live = document.getElementById("live");
  if (!live) return;

  let inside = !window.SharedWorker || !navigator.locks; // without https the browser keeps them away, except on loopback
  let here = null; // the hub in this page
  let at = null; // the present end of the stream: { id, port, stop, hub }
  let cursor = live.dataset.cursor;
  let turn = 0; // of wanting: what was sent for an earlier one is not put in place
  let queue = Promise.resolve();
  let heardAt = Date.now();
  let state = "start";
  let failures = 0;
  let timer = 0;

  function say(next, detail = {}) {
    state = next;
    if (next === "live") heardAt = Date.now();
    document.dispatchEvent(new CustomEvent("fleet:live", { detail: { state, ...detail } }));
  }

  const load = (source) =>
    new Promise((onload, onerror) => {
      document.head.append(Object.assign(document.createElement("script"), { src: source, onload, onerror }));
    });

  async function hubHere() {
    if (!here) for (const source of [live.dataset.eventStream, live.dataset.hub]) await load(source);
    here ??= new Hub(live.dataset.address);
    const { port1, port2 } = new MessageChannel();
    here.connect(port1);
    return port2;
  }

  function hubOfAll() {
    const worker = new SharedWorker(live.dataset.hub, { name: `${live.dataset.address} ${live.dataset.eventStream}` });
    worker.onerror = () => {
      inside = true;
      connect();
    };
    return worker.port;
  }

  async function connect() {
    disconnect();
    const mine = { id: [...crypto.getRandomValues(new Uint32Array(4))].join("-"), stop: new AbortController(), hub: "" };
    at = mine;
    mine.port = inside ? await hubHere() : hubOfAll();
    mine.port.onmessage = ({ data }) => at === mine && data.turn === turn && receive(data);
    // The hub waits for this lock: it is free again when this page is gone, however it went.
    if (navigator.locks) await hold(`tab-${mine.id}`, mine.stop.signal);
    if (at === mine) want();
  }

  // Take a lock, and keep it until the signal comes.
  const hold = (name, signal) =>
    new Promise((taken) => {
      const held = (done) => signal.addEventListener("abort", done);
      navigator.locks.request(name, { signal }, () => (taken(), new Promise(held))).catch(taken);
    });

  function disconnect() {
    clearTimeout(timer);
    at?.port?.postMessage({ type: "gone", id: at.id });
    at?.stop.abort();
    at?.port?.close();
    at = null;
  }

  function want() {
    if (!at?.port || (inside && document.hidden)) return;
    turn += 1;
    const { topics, role, who } = live.dataset;
    at.port.postMessage({ type: "want", id: at.id, turn, topics: [...new URLSearchParams(topics)], cursor, role, who });
    clearTimeout(timer);
    timer = setTimeout(unanswered, HELLO);
  }

  function unanswered() {
    inside ||= ++failures > 2;
    connect();
  }

  function receive(message) {
    heardAt = Date.now();
    if (message.type === "hello") greeted(message.hub);
    else if (message.type === "frame") queue = queue.then(() => put(message)).catch(reportError);
    else if (message.type === "parked") queue = queue.then(want);
    else if (message.type === "reset") reset(message);
    else say(message.type, { next: message.next, now: message.now });
  }

  // The hub holds a lock of its own as well: who gets it knows that the hub is dead.
  function greeted(hub) {
    failures = 0;
    clearTimeout(timer);
    if (inside || at.hub === hub) return;
    at.hub = hub;
    const { signal } = at.stop;
    navigator.locks.request(`hub-${hub}`, { mode: "shared", signal }, () => void (signal.aborted || connect())).catch(() => {});
  }

  async function put({ turn: its, at: place, html }) {
    if (its !== turn) return;
    try {
      if (html) await htmx.swap({ sourceElement: live, target: live, text: html, swap: "none swapEmpty:false" });
    } finally {
      if (its === turn) {
        cursor = place;
        at?.port?.postMessage({ type: "ack", id: at.id, turn });
      }
    }
  }

  // What this page shows is not true any more, or not meant for who is signed in now: nothing of another person stays.
  function reset({ why, cursor: place }) {
    cursor = place;
    if (why === "who") setTimeout(() => location.reload(), Math.max(0, 2000 - performance.now()));
    else document.dispatchEvent(new CustomEvent("fleet:refresh"));
  }

  const hurry = () => state === "live" || want();

  document.addEventListener("fleet:refreshed", () => {
    cursor = live.dataset.cursor;
    want();
  });
  document.addEventListener("visibilitychange", () => {
    if (!inside) return document.hidden || hurry();
    if (!document.hidden) return want();
    at?.port?.postMessage({ type: "gone", id: at.id });
  });
  addEventListener("online", hurry);
  addEventListener("offline", () => at?.port?.postMessage({ type: "lost" }));
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", ({ persisted }) => persisted && connect());
  setInterval(() => {
    if (state !== "live" || Date.now() - heardAt < SILENCE || (inside && document.hidden)) return;
    heardAt = Date.now();
    want();
  }, 5000);
  connect();
})();
