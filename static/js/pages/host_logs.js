// A host's log, line by line. Its stream is this page's own, so it is closed while nobody sees the page: a browser has
// six connections for all its tabs. It goes on where it was, by the place behind the last line.
(() => {
  const LINES = 5000; // in the page
  const KEPT = LINES - 1; // while it is paused; how many more came takes a line, too
  const NEAR = 24; // px from the end within which the end is followed
  const AGAIN = 2000; // ms after a cut
  const MARKS = { rotated: "the file was rotated", truncated: "the file was truncated", gap: "lines are missing here" };

  let box = null;
  let lines = null;
  let query = null; // of what is followed
  let place = null; // behind the last line
  let cut = null; // ends the present connection
  let paused = false;
  let held = []; // what came meanwhile
  let missed = 0; // what did not fit into that
  let following = true;

  const tool = (name) => box.querySelector(`[data-${name}]`);
  const state = (text) => (tool("state").textContent = text);

  function begin() {
    const found = document.getElementById("host-log");
    if (found === box) return;
    cut?.abort();
    box = found;
    query = null;
    if (!box) return;
    lines = document.getElementById("log-lines");
    const form = document.getElementById("logs-form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      follow(form);
    });
    form.elements.source.addEventListener("change", () => choose(form));
    lines.addEventListener("scroll", () => (following = lines.scrollHeight - lines.scrollTop - lines.clientHeight <= NEAR), { passive: true });
    tool("words").addEventListener("input", filter);
    tool("pause").addEventListener("click", pause);
    choose(form);
    if (box.dataset.begin !== undefined) follow(form);
  }

  function choose(form) {
    for (const field of form.querySelectorAll("[data-of]")) field.hidden = field.dataset.of !== form.elements.source.value;
  }

  function follow(form) {
    const wanted = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      const field = form.elements[name].closest("[data-of]");
      if (value && !field?.hidden) wanted.set(name, value);
    }
    history.replaceState(history.state, "", `?${wanted}`);
    lines.replaceChildren();
    [place, held, missed, paused, following] = [null, [], 0, false, true];
    showPause();
    query = wanted;
    connect();
  }

  async function connect() {
    cut?.abort();
    if (!query || document.hidden) return;
    const mine = new AbortController();
    cut = mine;
    state("Connecting …");
    try {
      const headers = { Accept: "text/event-stream", ...(place ? { "Last-Event-ID": place } : {}) };
      const answer = await fetch(`${box.dataset.address}?${query}`, { headers, signal: mine.signal, cache: "no-store" });
      if (!answer.ok) return refused((await answer.json()).error);
      state("Following");
      tool("pause").disabled = false;
      await read(answer.body.pipeThrough(new TextDecoderStream()).getReader(), mine.signal);
      if (!query || mine.signal.aborted) return;
    } catch (error) {
      if (mine.signal.aborted) return;
    }
    state("Cut; trying again …");
    setTimeout(() => cut === mine && connect(), AGAIN);
  }

  function refused(error) {
    query = null;
    state("Not followed");
    tool("none").hidden = false;
    tool("none").textContent = error.message;
  }

  // What was on its way when another log was chosen is not a line of that one.
  async function read(reader, ended) {
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done || ended.aborted) return;
      text += value;
      const blocks = text.split("\n\n");
      text = blocks.pop();
      for (const block of blocks) take(block);
      show();
    }
  }

  function take(block) {
    const fields = block.split("\n").filter((line) => line && !line.startsWith(":"));
    if (!fields.length) return;
    const value = (name) => fields.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1).trimStart();
    place = value("id") ?? place;
    if (value("data") === undefined) return; // a place alone
    const data = JSON.parse(value("data"));
    if (data.error) return refused(data.error);
    held.push(data);
    if (held.length > KEPT) missed += held.splice(0, held.length - KEPT).length;
  }

  function show() {
    if (paused || !held.length) return showPause();
    const rows = document.createDocumentFragment();
    if (missed) rows.append(notice(`${missed.toLocaleString("en")} lines came meanwhile and are not shown`));
    for (const each of held) rows.append(each.notice ? notice(MARKS[each.notice] ?? each.notice) : line(each));
    [held, missed] = [[], 0];
    lines.append(rows);
    for (let over = lines.childElementCount - LINES; over > 0; over -= 1) lines.firstChild.remove();
    tool("none").hidden = true;
    if (following) lines.scrollTop = lines.scrollHeight;
  }

  const notice = (text) => Object.assign(document.createElement("div"), { className: "out-gap", textContent: text });

  function line({ line: text, at }) {
    const row = Object.assign(document.createElement("div"), { className: "out-line" });
    const shown = Object.assign(document.createElement("span"), { className: "out-text", textContent: text });
    if (at) shown.title = new Date(at * 1000).toISOString();
    row.append(shown);
    row.hidden = !fits(text);
    return row;
  }

  const fits = (text) => !box || tool("words").value.toLowerCase().split(/\s+/).every((word) => text.toLowerCase().includes(word));

  function filter() {
    for (const row of lines.querySelectorAll(".out-line")) row.hidden = !fits(row.textContent);
    if (following) lines.scrollTop = lines.scrollHeight;
  }

  function pause() {
    paused = !paused;
    showPause();
    if (!paused) show();
  }

  function showPause() {
    const button = tool("pause");
    button.setAttribute("aria-pressed", String(paused));
    button.textContent = paused ? `Go on (${(held.length + missed).toLocaleString("en")} new)` : "Pause";
  }

  document.addEventListener("visibilitychange", () => {
    if (!box || !query) return;
    if (!document.hidden) return connect();
    cut?.abort();
    state("Rests while nobody looks");
  });
  document.addEventListener("htmx:after:swap", begin);
  begin();
})();
