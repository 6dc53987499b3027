// The palette: Ctrl K or Cmd K. What it lists is the server's; here are the keys, the steps and the sending.
(() => {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const form = document.getElementById("palette-form");
  const input = document.getElementById("palette-input");
  const list = document.getElementById("palette-list");
  const said = document.getElementById("palette-said");
  const step = document.getElementById("palette-step");
  const more = document.getElementById("palette-more");
  const asks = input.placeholder;
  let asked = 0; // The number of the newest question: what answers an older one must not be run.
  let waiting = false; // Enter was pressed before the answer came.
  let sending = false;

  const options = () => [...list.querySelectorAll(".found")];
  const chosen = () => list.querySelector('[aria-selected="true"]');
  const answered = () => Number(list.firstElementChild?.dataset.n ?? 0) === asked;

  function choose(option, { scroll = true } = {}) {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    if (more) more.hidden = !option?.dataset.more;
    if (!scroll) return;
    if (option === options()[0]) list.scrollTop = 0;
    else option?.scrollIntoView({ block: "nearest" });
  }

  function move(by) {
    const all = options();
    if (all.length) choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
  }

  function ask() {
    asked += 1;
    form.elements.n.value = asked;
    said.textContent = "";
  }

  function take({ verb = "", agent = "", task = "" } = {}, label = "", hint = asks) {
    Object.assign(form.elements.verb, { value: verb });
    Object.assign(form.elements.agent, { value: agent });
    Object.assign(form.elements.task, { value: task });
    step.textContent = label;
    step.hidden = !label;
    input.placeholder = hint;
    input.value = "";
    ask();
    form.dispatchEvent(new CustomEvent("fleet:ask"));
    input.focus();
  }

  function open() {
    if (dialog.open || document.querySelector("dialog:modal")) return;
    dialog.showModal();
    waiting = sending = false;
    take();
  }

  const done = (text) => {
    dialog.close();
    document.dispatchEvent(new CustomEvent("fleet:notice", { detail: text }));
  };

  async function send({ post, fields, done: success, nothing }) {
    if (sending) return;
    sending = true;
    try {
      const answer = await fetch(post, {
        method: "POST",
        body: new URLSearchParams(JSON.parse(fields)),
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(20_000),
      });
      if (answer.status === 204 && nothing) said.textContent = nothing;
      else if (answer.ok) done(success);
      else said.textContent = `Not done. ${(await answer.json()).error.message}`;
    } catch {
      said.textContent = "Not done: Fleet could not be reached.";
    } finally {
      sending = false;
    }
  }

  const own = {
    keys: () => document.dispatchEvent(new CustomEvent("fleet:keys")),
    out: () => document.querySelector('.menu form[action$="/logout"]').requestSubmit(),
  };

  function run(option, event) {
    const { step: next, label, hint, post, client } = option.dataset;
    if (next) return take(JSON.parse(next), label, hint);
    if (client) {
      dialog.close();
      return client.startsWith("theme-") ? document.querySelector(`[data-theme-set="${client.slice(6)}"]`)?.click() : own[client]();
    }
    if (post) return send(option.dataset);
    if (event?.ctrlKey || event?.metaKey) return open_beside(option.href);
    dialog.close();
    const there = option.hash && document.getElementById(option.hash.slice(1));
    if (there) there.focus();
    else location.assign(option.href);
  }

  const open_beside = (href) => window.open(href, "_blank", "noopener");

  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: (event) => {
      if (!answered()) waiting = true;
      else if (chosen()) run(chosen(), event);
    },
  };

  dialog.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Backspace" && !input.value && !step.hidden) return event.preventDefault(), take();
    const { more: next, about } = chosen()?.dataset ?? {};
    if (event.key === "Tab" && !event.shiftKey && event.target === input && next && answered()) {
      event.preventDefault();
      return take(JSON.parse(next), about, "What is to be done?");
    }
    if (event.target !== input || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key](event);
  });

  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", ask, { capture: true });
  form.addEventListener("htmx:after:swap", () => {
    choose(options()[0]);
    if (!waiting || !answered()) return;
    waiting = false;
    if (chosen()) run(chosen());
  });
  form.addEventListener("htmx:error", () => { said.textContent = "Fleet could not be reached."; });
  form.addEventListener("htmx:after:request", ({ detail }) => {
    if (detail.ctx.response.status >= 400) said.textContent = `Fleet answered ${detail.ctx.response.status}.`;
  });

  list.addEventListener("pointermove", ({ target }) => {
    const option = target.closest(".found");
    if (option && option !== chosen()) choose(option, { scroll: false });
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest(".found");
    if (!option || (option.href && (event.ctrlKey || event.metaKey))) return;
    event.preventDefault();
    if (answered()) run(option, event);
  });

  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || target.closest("[data-palette-close]")) dialog.close();
  });
  document.addEventListener("click", ({ target }) => target.closest?.("[data-palette]") && open());
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else open();
  });
})();
