// The one live stream of all pages of a browser: HTTP/1.1 has six connections for all tabs together.
// Runs as a SharedWorker; where there is none, inside the page, as a hub for that page alone. Needs event_stream.js.
class Hub {
  static SOON = 8; // ms in which what several pages want becomes one request
  static UNUSED = 10_000; // then a stream with topics that no page has any more is opened anew
  static TELL_EVERY = 1000; // that the stream lives
  static UNANSWERED_MOST = 50; // frames: a page that hangs must not be sent more and more
  static TOPICS_MOST = 200; // in one request, as the server takes them

  // `alone`: in a page, for that page only; nobody has to know when either is gone.
  constructor(address, alone = false) {
    this.address = address;
    this.alone = alone;
    this.id = [...crypto.getRandomValues(new Uint32Array(4))].join("-");
    this.tabs = new Map();
    this.stream = this.opening = null;
    this.failures = this.dueAt = this.timer = 0;
    // Who gets this lock knows that the worker is dead: it may have lived in a page that crashed.
    this.alive = new Promise((alive) => {
      if (navigator.locks && !alone) navigator.locks.request(`hub-${this.id}`, () => (alive(), new Promise(() => {})));
      else alive();
    });
  }

  connect(port) {
    port.onmessage = async ({ data }) => {
      await this.alive;
      if (data.type === "want") this.want(port, data);
      else if (data.type === "ack") this.acknowledge(data);
      else if (data.type === "gone") this.leave(data.id);
      else if (data.type === "lost") this.stream?.close();
    };
  }

  want(port, { id, turn, topics, cursor, role, who }) {
    const known = this.tabs.has(id);
    // A new object each time: an open that is under way does not cover what a page wants since.
    const tab = { id, turn, port, cursor, role, who, topics: new Map(topics), pending: true, parked: false, unanswered: 0 };
    this.tabs.delete(id); // to be the last one
    this.tabs.set(id, tab);
    this.tell(tab, { type: "hello", hub: this.id });
    // A page that is gone (closed, crashed, discarded) gives up its lock.
    if (!known && !this.alone) navigator.locks?.request(`tab-${id}`, () => this.leave(id));
    if (this.stream && this.covers(tab)) {
      tab.pending = false;
      this.tell(tab, { type: "live" });
    } else this.soon(Hub.SOON);
  }

  covers({ role, who, cursor, topics }) {
    const stream = this.stream;
    const known = stream.role === role && stream.who === who && [...topics.keys()].every((key) => stream.topics.has(key));
    return known && EventStream.reaches(cursor, stream.at);
  }

  acknowledge({ id, turn }) {
    const tab = this.tabs.get(id);
    if (tab?.turn === turn) tab.unanswered = Math.max(0, tab.unanswered - 1);
  }

  leave(id) {
    if (!this.tabs.delete(id)) return;
    if (this.tabs.size === 0) this.close();
    else this.soon(Hub.UNUSED);
  }

  close() {
    clearTimeout(this.timer);
    this.dueAt = 0;
    for (const stream of [this.stream, this.opening]) stream?.close();
    this.stream = this.opening = null;
  }

  tell(tab, message) {
    tab.port.postMessage({ turn: tab.turn, ...message });
  }

  // Nothing more is sent until the page wants again.
  park(tab, message) {
    tab.parked = true;
    this.tell(tab, message);
  }

  soon(milliseconds) {
    const at = Date.now() + milliseconds;
    if (this.dueAt && this.dueAt <= at) return;
    clearTimeout(this.timer);
    this.dueAt = at;
    this.timer = setTimeout(() => {
      this.dueAt = 0;
      if (!this.opening && this.needed()) this.open();
    }, milliseconds);
  }

  needed() {
    const tabs = this.served();
    const topics = new Set(tabs.flatMap((tab) => [...tab.topics.keys()]));
    const unused = [...(this.stream?.topics.keys() ?? [])].some((key) => !topics.has(key));
    return unused || tabs.some((tab) => tab.pending);
  }

  // Who is to be served; where that would be more than a request may name, those who came last.
  served() {
    const topics = new Set();
    const tabs = [];
    for (const tab of [...this.tabs.values()].reverse()) {
      if (tab.parked) continue;
      for (const key of tab.topics.keys()) topics.add(key);
      if (topics.size <= Hub.TOPICS_MOST) tabs.push(tab);
      else this.park(tab, { type: "wait", next: Date.now() + EventStream.SILENCE });
    }
    return tabs;
  }

  // Opened anew rather than changed: the cursor makes it lossless. The earlier one goes on until this one is there.
  async open() {
    const tabs = this.served();
    if (tabs.length === 0) return this.close();
    const least = tabs.map((tab) => tab.cursor).reduce((one, other) => (EventStream.reaches(one, other) ? other : one));
    const next = new EventStream(new Map(tabs.flatMap((tab) => [...tab.topics])), least);
    next.tabs = new Set(tabs);
    this.opening = next;
    const patience = Math.min(EventStream.PATIENCE_FIRST * 2 ** this.failures, EventStream.PATIENCE);
    const events = next.events(this.address, { again: Boolean(this.stream), patience }, () => this.heard(next));
    for await (const event of events) this.take(next, event);
    if (next === this.stream || next === this.opening) this.ended(next); // else another has taken its place
  }

  heard(stream, detail = {}) {
    if (stream !== this.stream || Date.now() - (stream.toldAt ?? 0) < Hub.TELL_EVERY) return;
    stream.toldAt = Date.now();
    for (const tab of this.tabs.values()) if (!tab.pending && !tab.parked) this.tell(tab, { type: "live", ...detail });
  }

  ended(stream) {
    if (stream === this.opening) this.opening = null;
    else {
      this.stream = null;
      for (const tab of this.tabs.values()) tab.pending = true;
    }
    const wait = Math.min(1000 * 2 ** this.failures++, 30_000) * (0.7 + Math.random() * 0.6);
    const out = stream.status === 401 || stream.status === 403;
    for (const tab of this.tabs.values()) {
      if (tab.pending && !tab.parked) this.tell(tab, out ? { type: "out" } : { type: "wait", next: Date.now() + wait });
    }
    this.soon(wait);
  }

  take(stream, { id, event, data }) {
    if (event === "role") this.begin(stream, JSON.parse(data));
    else if (stream !== this.stream) return;
    else if (event === "piece") {
      const line = data.indexOf("\n");
      stream.pieces.set(data.slice(0, line), data.slice(line + 1));
    } else if (event === "at") this.deliver(stream, id);
    else if (event === "grown") this.grown(data);
    else if (event === "unknown") {
      stream.topics.delete(data);
      this.reset("unknown", stream.at, (tab) => tab.topics.has(data));
    } else if (event === "reset") {
      stream.at = id;
      this.reset(data, id, (tab) => !tab.pending && !EventStream.reaches(tab.cursor, id));
    }
  }

  // The greeting: from here on this stream serves those who were there when it was asked for.
  begin(stream, { role, who, now }) {
    const before = this.stream;
    [this.stream, this.opening, this.failures] = [Object.assign(stream, { role, who }), null, 0];
    before?.close();
    for (const tab of this.tabs.values()) tab.pending = !stream.tabs.has(tab);
    this.reset("role", stream.at, (tab) => !tab.pending && tab.who === who && tab.role !== role);
    this.reset("who", stream.at, (tab) => !tab.pending && tab.who !== who);
    stream.toldAt = 0;
    this.heard(stream, { now });
    if (this.needed()) this.soon(Hub.SOON);
  }

  deliver(stream, at) {
    const pieces = stream.pieces;
    stream.pieces = new Map();
    stream.at = at;
    for (const tab of this.tabs.values()) {
      if (tab.pending || tab.parked || EventStream.reaches(tab.cursor, at)) continue;
      tab.cursor = at;
      const html = [...tab.topics.keys()].flatMap((key) => pieces.get(key) ?? []).join("\n");
      this.tell(tab, { type: "frame", at, html });
      if (++tab.unanswered > Hub.UNANSWERED_MOST) this.park(tab, { type: "parked" });
    }
  }

  // Something grew beside the journal: pages that show it ask for what is new.
  grown(topic) {
    for (const tab of this.tabs.values()) {
      if (!tab.pending && !tab.parked && tab.topics.has(topic)) this.tell(tab, { type: "grown", topic });
    }
  }

  reset(why, cursor, concerns) {
    for (const tab of this.tabs.values()) if (!tab.parked && concerns(tab)) this.park(tab, { type: "reset", why, cursor });
  }
}

if (typeof SharedWorkerGlobalScope !== "undefined") {
  const [address, ...needed] = self.name.split(" ");
  importScripts(...needed);
  const hub = new Hub(address);
  self.onconnect = ({ ports: [port] }) => hub.connect(port);
}
