// A page's end of the browser's one live stream (hub.js): says what it wants, puts in place what comes, and finds
// another hub when its own is dead. How it stands it tells by "fleet:live" (indicator.js shows it).
(() => {
  const HELLO = 3000; // ms for a hub's answer; a page that waits in vain is its own hub until the shared one answers
  const AGAIN = 30_000; // ms between two tries of a shared hub that does not answer
  const SILENCE = 60_000; // a hub says something every 15 s

  const live = document.getElementById("live");
  if (!live) return;

  const shareable = window.SharedWorker && navigator.locks; // without https the browser keeps them away, except on loopback
  const scripts = new Map();
  let inside = !shareable;
  let here = null; // the hub in this page
  let at = null; // the present end of the stream: { id, port, stop, hub, inside }
  let late = null; // an end of the shared hub that has not greeted yet, while this page is its own hub
  let triedAt = 0;
  let cursor = live.dataset.cursor;
  let turn = 0; // of wanting: what was sent for an earlier one is not put in place
  let queue = Promise.resolve();
  let heardAt = Date.now();
  let state = "start";
  let timer = 0;

  function say(next, detail = {}) {
    state = next;
    if (next === "live") heardAt = Date.now();
    document.dispatchEvent(new CustomEvent("fleet:live", { detail: { state, ...detail } }));
  }

  const load = (src) =>
    new Promise((onload, onerror) => {
      document.head.append(Object.assign(document.createElement("script"), { src, onload, onerror }));
    });

  // Once only: what has been read is not read again by a later try.
  function loaded(source) {
    if (!scripts.has(source)) scripts.set(source, load(source));
    return scripts.get(source).catch((error) => {
      scripts.delete(source);
      throw error;
    });
  }

  async function hubHere() {
    for (const source of [live.dataset.eventStream, live.dataset.hub]) await loaded(source);
    here ??= new Hub(live.dataset.address, true);
    const { port1, port2 } = new MessageChannel();
    here.connect(port1);
    return port2;
  }

  function hubOfAll(mine) {
    const worker = new SharedWorker(live.dataset.hub, { name: `${live.dataset.address} ${live.dataset.eventStream}` });
    worker.onerror = () => {
      if (late === mine) late = leave(late);
      if (at !== mine) return;
      inside = true;
      connect();
    };
    return worker.port;
  }

  const end = (own = inside) => ({ id: [...crypto.getRandomValues(new Uint32Array(4))].join("-"), stop: new AbortController(), hub: "", inside: own });

  async function connect() {
    at = leave(at);
    clearTimeout(timer);
    timer = 0;
    const mine = (at = end());
    expectAnswer();
    try {
      mine.port = mine.inside ? await hubHere() : hubOfAll(mine);
    } catch {
      return; // the script could not be read, or a worker is not allowed: the next try comes with the timer
    }
    if (at !== mine) return void leave(mine);
    mine.port.onmessage = ({ data }) => at === mine && data.turn === turn && receive(data);
    await present(mine);
    if (at === mine) want();
    else if (late === mine) ask(mine);
  }

  // The hub of all waits for this lock: it is free again when this page is gone, however it went.
  const present = ({ id, stop, inside: own }) => (own ? null : hold(`tab-${id}`, stop.signal));

  // Take a lock, and keep it until the signal comes.
  const hold = (name, signal) =>
    new Promise((taken) => {
      const held = (done) => signal.addEventListener("abort", done);
      navigator.locks.request(name, { signal }, () => (taken(), new Promise(held))).catch(() => {});
    });

  function leave(one) {
    one?.port?.postMessage({ type: "gone", id: one.id });
    one?.stop.abort();
    one?.port?.close();
    return null;
  }

  function disconnect() {
    clearTimeout(timer);
    timer = 0;
    late = leave(late);
    at = leave(at);
  }

  function ask({ id, port }) {
    const { topics, role, who } = live.dataset;
    port.postMessage({ type: "want", id, turn, topics: [...new URLSearchParams(topics)], cursor, role, who });
  }

  function want() {
    if (!at?.port || (at.inside && document.hidden)) return;
    turn += 1;
    ask(at);
    expectAnswer();
  }

  function expectAnswer() {
    timer ||= setTimeout(unanswered, HELLO);
  }

  // A worker that was not loaded, or hangs, or waits for a lock that it is not given, says nothing at all.
  function unanswered() {
    timer = 0;
    if (at?.inside) return void (document.hidden || connect());
    inside = true;
    if (at?.port) {
      [at, late] = [null, at];
      listenFor(late);
    }
    connect();
  }

  function listenFor(mine) {
    triedAt = Date.now();
    mine.port.onmessage = ({ data }) => data.type === "hello" && late === mine && share();
  }

  async function tryAgain() {
    late = leave(late);
    const mine = (late = end(false));
    mine.port = hubOfAll(mine);
    listenFor(mine);
    await present(mine);
    if (late === mine) ask(mine);
  }

  function share() {
    late = leave(late);
    inside = false;
    connect();
  }

  function receive(message) {
    heardAt = Date.now();
    if (message.type === "hello") greeted(message.hub);
    else if (message.type === "frame") queue = queue.then(() => put(message)).catch(reportError);
    else if (message.type === "parked") queue = queue.then(want);
    else if (message.type === "reset") reset(message);
    else if (message.type === "grown") document.dispatchEvent(new CustomEvent("fleet:grown", { detail: message.topic }));
    else say(message.type, { next: message.next, now: message.now });
  }

  // The hub holds a lock of its own as well: who gets it knows that the hub is dead.
  function greeted(hub) {
    clearTimeout(timer);
    timer = 0;
    if (at.inside || at.hub === hub) return;
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
    if (!at?.inside) return document.hidden || hurry();
    if (!document.hidden) return at.port ? want() : connect();
    at.port?.postMessage({ type: "gone", id: at.id });
  });
  addEventListener("online", hurry);
  addEventListener("offline", () => at?.port?.postMessage({ type: "lost" }));
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    inside = !shareable;
    connect();
  });
  setInterval(() => {
    if (late && !document.hidden && Date.now() - triedAt > AGAIN) tryAgain();
    if (state !== "live" || Date.now() - heardAt < SILENCE || (at?.inside && document.hidden)) return;
    heardAt = Date.now();
    want();
  }, 5000);
  connect();
})();
