// What a command prints, as it prints it. The shared stream says that there is more ("fleet:grown"), this page asks for
// what it has not read; both streams in the order of their coming, each with a line of its own that is written on.
(() => {
  const LINES = 5000; // in the page
  const NEAR = 24; // px from the end within which the end is followed
  const LOOK = 5000; // ms; what was said may have been missed
  const AGAIN = 2000; // ms after a failure

  let box = null;
  let log = null;
  let at = null; // up to where each stream was read
  let terminals = null;
  let drawn = new WeakMap(); // line => its element
  let busy = false;
  let wanted = false;
  let ended = false;
  let following = true;
  let left = 0; // lines that are not in the page any more

  const tool = (name) => box.querySelector(`[data-${name}]`);

  function begin() {
    const found = document.getElementById("output");
    if (!found || found === box) return;
    box = found;
    log = document.getElementById("output-log");
    at = { stdout: Number(box.dataset.stdout), stderr: Number(box.dataset.stderr) };
    terminals = { stdout: new FleetTerminal(), stderr: new FleetTerminal() };
    ended = box.dataset.ended !== undefined;
    if (at.stdout + at.stderr > 0) log.append(notice(`${sizeOf(at.stdout + at.stderr)} before this are not shown here; Raw has what is kept of them`));
    log.addEventListener("scroll", scrolled, { passive: true });
    look();
  }

  const sizeOf = (bytes) => (bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`);
  const notice = (text) => Object.assign(document.createElement("div"), { className: "out-gap", textContent: text });

  function scrolled() {
    follow(log.scrollHeight - log.scrollTop - log.clientHeight <= NEAR, false);
  }

  function follow(next, jump) {
    if (next && jump) log.scrollTop = log.scrollHeight;
    if (next === following) return;
    following = next;
    const button = tool("follow");
    button.setAttribute("aria-pressed", String(following));
    tool("follow-word").textContent = following ? "Following the end" : "Go to the end";
    if (following) look();
  }

  // Whoever reads further up is left in peace: beyond a page full, the rest waits on the server.
  const full = () => !following && log.childElementCount >= LINES;

  async function look() {
    wanted = true;
    if (busy || !box) return;
    busy = true;
    try {
      while (wanted && box.isConnected) {
        wanted = false;
        if (full()) {
          tool("wait").hidden = false;
          break;
        }
        tool("wait").hidden = true;
        if (await read()) wanted = true;
      }
    } catch {
      setTimeout(look, AGAIN);
    } finally {
      busy = false;
    }
  }

  async function read() {
    const answer = await fetch(`${box.dataset.address}?${new URLSearchParams(at)}`, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.status === 404) return gone();
    if (!answer.ok) throw new Error(`the output answered ${answer.status}`);
    const { pieces, stdout, stderr, more, ended: over } = await answer.json();
    for (const piece of pieces) take(piece);
    at = { stdout, stderr };
    ended = over;
    const none = tool("none");
    none.hidden = log.childElementCount > 0;
    if (ended && !more) box.dataset.ended = "";
    if (ended && !more && !none.hidden) none.textContent = "It printed nothing.";
    trim();
    if (following) log.scrollTop = log.scrollHeight;
    return more;
  }

  // The host was removed, or the command is not kept any longer: nobody asks again.
  function gone() {
    if (!ended) log.append(notice("This command is not kept any more"));
    ended = true;
    return false;
  }

  function take({ stream, offset, data }) {
    const terminal = terminals[stream];
    if (offset > at[stream]) {
      terminal.skip();
      log.append(notice(`${(offset - at[stream]).toLocaleString("en")} bytes of ${stream} were left out here`));
    }
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    for (const line of terminal.write(bytes)) draw(line, stream);
    at[stream] = offset + bytes.length;
    if (stream === "stderr") for (const name of ["streams", "raw-stderr"]) tool(name).hidden = false;
  }

  function draw(line, stream) {
    let row = drawn.get(line);
    if (!row) {
      row = Object.assign(document.createElement("div"), { className: `out-line out-${stream}` });
      if (stream === "stderr") row.append(Object.assign(document.createElement("span"), { className: "out-label", textContent: "err" }));
      row.append(Object.assign(document.createElement("span"), { className: "out-text" }));
      drawn.set(line, row);
      log.append(row);
    }
    row.lastChild.replaceChildren(...FleetTerminal.draw(line));
  }

  function trim() {
    const over = log.childElementCount - LINES;
    if (over <= 0) return;
    left += over;
    for (let i = 0; i < over; i += 1) log.firstChild.remove();
    const first = notice(`${left.toLocaleString("en")} lines before this are not shown here; Raw has what is kept of them`);
    log.firstChild.replaceWith(first);
  }

  document.addEventListener("click", ({ target }) => {
    if (!box) return;
    if (target.closest?.("[data-follow], [data-resume]")) {
      follow(true, true);
      look();
    }
    const show = target.closest?.("[data-show]");
    if (!show) return;
    log.dataset.only = show.dataset.show;
    for (const each of tool("streams").children) each.setAttribute("aria-pressed", String(each === show));
    if (following) log.scrollTop = log.scrollHeight;
  });

  document.addEventListener("fleet:grown", ({ detail }) => {
    if (detail === box?.dataset.topic) look();
  });
  document.addEventListener("fleet:live", ({ detail }) => {
    if (detail.state === "live" && !ended) look();
  });
  document.addEventListener("visibilitychange", () => document.hidden || ended || look());
  document.addEventListener("htmx:after:swap", begin);
  setInterval(() => ended || document.hidden || look(), LOOK);
  begin();
})();
