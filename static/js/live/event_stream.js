// One request for Server-Sent Events (HTML standard, 9.2.6), and the cursors in them: `epoch-number`.
class EventStream {
  static SILENCE = 40_000; // the server sends a comment every 15 s: two missed are too many
  static PATIENCE_FIRST = 4000; // ms for the answer to a request: one that hangs is not waited for, another is made
  static PATIENCE = 20_000; // the most, after several that came to nothing
  static LINE_MOST = 5000; // characters of topics in full; beyond that they are sent by their keys

  constructor(topics, cursor) {
    this.topics = topics; // key => text
    this.at = cursor; // where its reader stands
    this.pieces = new Map(); // of a group that has not been closed by "at" yet
    this.status = 0; // of the answer
    this.giveUp = new AbortController();
  }

  close() {
    clearTimeout(this.timer);
    this.giveUp.abort();
  }

  expect(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.close(), milliseconds);
  }

  query(again) {
    const long = [...this.topics.values()].join("").length > EventStream.LINE_MOST;
    const topics = [...this.topics].map(([key, text]) => ["topic", long ? key : text]);
    return new URLSearchParams([...topics, ["cursor", this.at], ...(again ? [["again", "1"]] : [])]);
  }

  // The events as they come, until the end; `heard` is called for whatever comes, comments too. Never throws.
  async *events(address, { again, patience }, heard) {
    try {
      this.expect(patience);
      const headers = { Accept: "text/event-stream" };
      const answer = await fetch(`${address}?${this.query(again)}`, { headers, cache: "no-store", signal: this.giveUp.signal });
      this.status = answer.status;
      if (!answer.ok) return;
      const chunks = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      const parse = EventStream.parser();
      for (let chunk = await chunks.read(); !chunk.done; chunk = await chunks.read()) {
        this.expect(EventStream.SILENCE);
        heard();
        yield* parse(chunk.value);
      }
    } catch {
      // Cut off, refused or given up: all the same to its reader.
    } finally {
      this.close();
    }
  }

  // A function that makes events of a stream's text, however it was cut.
  static parser() {
    let rest = "";
    let event = { id: "", event: "", data: [] };
    return function* parse(text) {
      const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        const [, name, value] = /^([^:]*):? ?([^]*)$/.exec(line);
        if (name === "data") event.data.push(value);
        else if (name === "event" || name === "id") event[name] = value;
        else if (line === "") {
          if (event.event) yield { ...event, data: event.data.join("\n") };
          event = { id: "", event: "", data: [] };
        }
      }
    };
  }

  // True when `cursor` is at `at` or beyond; never across epochs.
  static reaches(cursor, at) {
    const [one, other] = [cursor, at].map((text) => /^(.*)-(\d+)$/.exec(text) ?? ["", text, 0]);
    return one[1] === other[1] && Number(one[2]) >= Number(other[2]);
  }
}
