// What a program prints, as lines of characters with a style: bytes may be cut anywhere. Colours and bold are kept (SGR),
// a line that is written over (\r, backspace, erase in line) is as it was left; every other sequence is dropped.
window.FleetTerminal = class {
  static WIDE = 10_000; // characters; a longer line goes on in the next
  static HELD = 4096; // characters of a sequence that has not come whole
  static PIECES =
    /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]*[0-OQ-WYZ\\`-~])|[\x00-\x1f\x7f-\x9f]|[^\x00-\x1f\x7f-\x9f]+/g;
  static BEGUN = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[ -/]*)$/;

  constructor() {
    this.rest = "";
    this.sgr = {};
    this.style = "";
    this.line = null;
    this.decoder = new TextDecoder();
  }

  // Takes bytes in; returns the lines that are new or changed, in order.
  write(bytes) {
    const changed = new Set();
    let text = this.rest + this.decoder.decode(bytes, { stream: true });
    const cut = FleetTerminal.BEGUN.exec(text);
    this.rest = cut && cut[0].length < FleetTerminal.HELD ? cut[0] : "";
    if (cut) text = text.slice(0, cut.index);
    for (const [piece] of text.matchAll(FleetTerminal.PIECES)) this.take(piece, changed);
    return changed;
  }

  // Something is missing here: what follows begins a line.
  skip() {
    this.line = null;
    this.rest = "";
    this.decoder = new TextDecoder();
  }

  take(piece, changed) {
    if (piece >= " " && !/^[\x7f-\x9f]/.test(piece)) return this.put(piece, changed);
    if (piece === "\t") return this.put("\t", changed);
    if (piece === "\n") {
      changed.add(this.current());
      this.line = null;
    } else if (piece === "\r") this.current().at = 0;
    else if (piece === "\b") this.current().at = Math.max(0, this.current().at - 1);
    else if (piece.startsWith("\x1b[") && piece.endsWith("m")) this.paint(piece.slice(2, -1));
    else if (/^\x1b\[[0-2]?K$/.test(piece)) {
      this.erase(piece[2]);
      changed.add(this.line);
    }
  }

  current() {
    this.line ??= { chars: [], styles: [], at: 0 };
    return this.line;
  }

  put(text, changed) {
    let line = this.current();
    for (const char of text) {
      if (line.at >= FleetTerminal.WIDE) {
        changed.add(line);
        this.line = null;
        line = this.current();
      }
      line.chars[line.at] = char;
      line.styles[line.at] = this.style;
      line.at += 1;
    }
    changed.add(line);
  }

  erase(how) {
    const line = this.current();
    if (how === "K" || how === "0") line.chars.length = Math.min(line.chars.length, line.at);
    else {
      line.chars.fill(" ", 0, line.at);
      if (how === "2") line.chars.length = Math.min(line.chars.length, line.at);
    }
    line.styles.length = line.chars.length;
  }

  paint(parameters) {
    const codes = parameters.split(/[;:]/).map(Number);
    for (let i = 0; i < codes.length; i += 1) {
      const code = codes[i];
      const layer = code < 40 || (code >= 90 && code < 100) ? "fg" : "bg";
      if (code === 38 || code === 48) i += this.pick(layer, codes.slice(i + 1));
      else if (code === 0) this.sgr = {};
      else if (code === 1) this.sgr.bold = true;
      else if (code === 2) this.sgr.dim = true;
      else if (code === 3) this.sgr.italic = true;
      else if (code === 4) this.sgr.underline = true;
      else if (code === 7) this.sgr.inverse = true;
      else if (code === 22) this.sgr.bold = this.sgr.dim = false;
      else if (code === 23) this.sgr.italic = false;
      else if (code === 24) this.sgr.underline = false;
      else if (code === 27) this.sgr.inverse = false;
      else if (code === 39 || code === 49) delete this.sgr[layer];
      else if (code >= 30 && code <= 47) this.sgr[layer] = code % 10;
      else if (code >= 90 && code <= 107) this.sgr[layer] = (code % 10) + 8;
    }
    const names = Object.entries(this.sgr).filter(([, value]) => value !== false);
    this.style = names.map(([name, value]) => (value === true ? `sgr-${name}` : `sgr-${name}-${value}`)).join(" ");
  }

  // One of 256 colours, or of all: the nearest of sixteen, which can be read on both themes. Returns how many codes that took.
  pick(layer, [kind, ...codes]) {
    if (kind === 2) {
      this.sgr[layer] = FleetTerminal.nearest(...codes.slice(0, 3));
      return 4;
    }
    if (kind !== 5) return 0;
    const number = codes[0] ?? 0;
    if (number < 16) this.sgr[layer] = number;
    else if (number > 231) this.sgr[layer] = FleetTerminal.nearest(...Array(3).fill(8 + 10 * (number - 232)));
    else this.sgr[layer] = FleetTerminal.nearest(...[36, 6, 1].map((step) => (Math.floor((number - 16) / step) % 6) * 51));
    return 2;
  }

  static nearest(red = 0, green = 0, blue = 0) {
    const most = Math.max(red, green, blue);
    if (most < 64) return 0;
    const base = (red > most / 2 ? 1 : 0) + (green > most / 2 ? 2 : 0) + (blue > most / 2 ? 4 : 0);
    return base + (most > 191 ? 8 : 0);
  }

  // A line as elements: neighbours of one style together. Text is text, whatever it holds.
  static draw(line) {
    const parts = [];
    for (let begin = 0, i = 1; i <= line.chars.length; i += 1) {
      if (i < line.chars.length && line.styles[i] === line.styles[begin]) continue;
      const text = line.chars.slice(begin, i).join("");
      if (line.styles[begin]) parts.push(Object.assign(document.createElement("span"), { className: line.styles[begin], textContent: text }));
      else parts.push(document.createTextNode(text));
      begin = i;
    }
    return parts;
  }
};
