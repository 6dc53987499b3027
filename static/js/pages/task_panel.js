// Forms about tasks open in a panel at the side: by links with data-panel, and by e and a on a card or a row.
(() => {
  const panel = document.getElementById("task-panel");
  const body = document.getElementById("task-panel-body");
  const said = document.getElementById("task-said");
  if (!panel) return tick();
  let shown = "";
  let opener = null;
  let hideSaid = 0;

  function focusField() {
    const wrong = body.querySelector("[aria-invalid=true]");
    (wrong ?? body.querySelector("input:not([type=hidden], [type=radio]), select, textarea"))?.focus();
  }

  // What was typed for a new task stays until it is sent; any other form is read anew.
  async function open(href) {
    opener = document.activeElement;
    const kept = href === shown && new URL(href, location.href).pathname.endsWith("/new") && body.querySelector("form");
    if (!kept) {
      await htmx.ajax("GET", href, { target: body, swap: "innerHTML" });
      if (!body.querySelector("[data-task-form]")) return location.assign(href);
      shown = href;
      body.dataset.address = href; // where this form is found again (kept_words.js)
    }
    if (!panel.open) panel.showModal();
    panel.setAttribute("aria-label", body.querySelector("#task-form-heading").textContent);
    focusField();
  }

  function say(words, href) {
    said.replaceChildren(words);
    if (href) {
      const link = document.createElement("a");
      link.href = href;
      link.textContent = "Open";
      said.append(" ", link);
    }
    clearTimeout(hideSaid);
    hideSaid = setTimeout(() => said.replaceChildren(), 8000);
  }

  function done(form, headers) {
    const [number, id] = (headers.get("X-Created") ?? "").split(" ");
    if (id) document.dispatchEvent(new CustomEvent("fleet:mine", { detail: id }));
    const words = form.dataset.taskForm;
    say(number ? `${words} task ${number}.` : `${words}.`, id && `${form.getAttribute("action").split("?")[0]}/${id}`);
    shown = "";
    panel.close();
    body.replaceChildren();
  }

  document.addEventListener("fleet:say", ({ detail }) => say(detail));
  document.addEventListener("fleet:panel", ({ detail }) => open(detail));

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-panel]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const menu = link.closest("details[data-menu]");
    if (menu) {
      menu.open = false;
      (menu.closest(".task-card")?.querySelector(".task-name") ?? menu.querySelector("summary")).focus();
    }
    open(link.href);
  });
  panel.addEventListener("click", ({ target }) => target === panel && panel.close());
  panel.addEventListener("close", () => opener?.isConnected && opener.focus({ preventScroll: true }));

  document.addEventListener("htmx:after:request", ({ target, detail: { ctx } }) => {
    if (target.matches?.("[data-task-form]") && ctx.response.status === 204) done(target, ctx.response.headers);
  });
  // An answer that is no form (signed out, out of reach) stays out: forms.js says what it was, and the text is kept.
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    if (ctx.target === body && ctx.response?.status >= 400 && !ctx.text.includes("data-task-form")) event.preventDefault();
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx?.target === body && panel.open) focusField();
  });

  const typing = (element) => element.closest?.("input, textarea, select, [contenteditable], dialog");
  const addresses = { e: "edit", a: "assignee" };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.documentElement.dataset.keys === "off") return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const card = document.activeElement?.closest?.(".task-card, .task-row");
    if (!card || !addresses[event.key] || !document.querySelector("a[data-panel]")) return;
    open(`${card.querySelector(".task-name").getAttribute("href")}/${addresses[event.key]}`);
    event.preventDefault();
  });

  // How much of a lease is left.
  function tick() {
    setInterval(() => {
      for (const element of document.querySelectorAll("[data-until]")) {
        const text = fleetSpan((Date.parse(element.dataset.until) - fleetClock.now()) / 1000);
        if (element.textContent !== text) element.textContent = text;
      }
    }, 1000);
  }
  tick();
})();
