// A session that ends while a form is open takes no words with it: they are kept in this tab (sessionStorage) for the
// person who typed them, until their page is there again. Never secrets; another person's sign-in throws them away.
window.fleetKept = (() => {
  const KEY = "fleet.kept";
  const LASTS = 12 * 3600_000; // ms
  const me = document.body.dataset.me;
  const SECRET = "[type=password], [type=hidden], [type=file], [type=url], [type=search], [readonly], [autocomplete*=password], [autocomplete=one-time-code], [name=confirm], [name=token], [name=link]";
  // These are kept by their question's side (answer_drafts.js).
  const DRAFTS = "textarea[id^='answer-'], textarea[data-left]";
  const door = document.querySelector("[data-sign-in]");
  const root = (door?.getAttribute("href") ?? "/login").replace(/\/login$/, "");
  const here = location.pathname.slice(root.length) + location.search;

  function read() {
    try {
      const entry = JSON.parse(sessionStorage.getItem(KEY));
      return entry && Date.now() - entry.when < LASTS ? entry : null;
    } catch {
      return null;
    }
  }

  function write(entry) {
    try {
      if (entry?.fields.length) sessionStorage.setItem(KEY, JSON.stringify(entry));
      else sessionStorage.removeItem(KEY);
    } catch {
      // No room, or none allowed: the words stay in their fields as long as the page does.
    }
  }

  // A password that is looked at is a text field for the moment.
  const secret = (field) => field.matches(SECRET) || (field.id && document.querySelector(`[data-reveal="${CSS.escape(field.id)}"]`));
  const drafted = (field) => field.matches(DRAFTS) && document.getElementById("left-words");

  function changed(field) {
    if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
    return field.matches("textarea, input") && field.value !== field.defaultValue;
  }

  const siblings = (form) => [...document.forms].filter((other) => other.getAttribute("action") === form.getAttribute("action"));
  const namesakes = (form, name) => [...form.elements].filter((field) => field.name === name);

  function fieldsOf(form) {
    const action = form.getAttribute("action");
    const fields = [...form.elements].filter((field) => field.name && changed(field) && !secret(field) && !drafted(field));
    return fields.map((field) => ({
      action,
      form: siblings(form).indexOf(form),
      name: field.name,
      nth: namesakes(form, field.name).indexOf(field),
      value: field.value,
      checked: field.checked,
    }));
  }

  // All that is typed on this page; `sent` while it is not known whether a plain form has arrived.
  function keep(forms = document.forms, sent = false) {
    const posts = [...forms].filter((form) => form.method === "post" && !/\/log(in|out)$/.test(form.getAttribute("action") ?? ""));
    const panel = document.querySelector("dialog[open] [data-address]:has([data-task-form])")?.dataset.address;
    write({ me, path: here, panel, sent, when: Date.now(), fields: posts.flatMap(fieldsOf) });
  }

  function put({ action, form, name, nth, value, checked }) {
    const there = [...document.forms].filter((other) => other.getAttribute("action") === action)[form];
    const field = there && namesakes(there, name)[nth];
    if (!field || secret(field)) return false;
    if (["checkbox", "radio"].includes(field.type)) field.checked = checked;
    else field.value = value;
    field.closest("details")?.setAttribute("open", "");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  function restore() {
    const entry = read();
    if (!entry || entry.sent || entry.path !== here) return;
    const left = entry.fields.filter((field) => !put(field));
    write({ ...entry, fields: left });
    if (left.length < entry.fields.length) say("What you had typed is here again.");
  }

  function arrive() {
    const entry = read();
    if (!me) {
      if (entry?.sent) write({ ...entry, sent: false });
      document.querySelector("[data-words-kept]")?.toggleAttribute("hidden", !entry);
      return;
    }
    if (!entry || entry.me !== me || entry.sent) return write(null);
    if (entry.panel && entry.path === here) document.dispatchEvent(new CustomEvent("fleet:panel", { detail: entry.panel }));
    restore();
    if (entry.panel) document.addEventListener("htmx:after:swap", restore);
  }

  const say = (words) => document.dispatchEvent(new CustomEvent("fleet:notice", { detail: words }));
  const tell = () => say("Your session has ended. Sign in at the top of the page; your words are kept.");
  const address = () => `${root}/login?${new URLSearchParams({ next: here })}`;

  function link(words) {
    const link = Object.assign(document.createElement("a"), { href: address(), textContent: words });
    link.dataset.signIn = "";
    return link;
  }

  // True for an answer that nobody gets who is signed in.
  function ended({ response: { status, raw } }) {
    return status === 401 || (raw.redirected && new URL(raw.url, location.href).pathname.endsWith("/login"));
  }

  document.addEventListener("click", ({ target }) => {
    const link = target.closest?.("[data-sign-in]");
    if (!link) return;
    keep();
    link.href = address();
  }, true);

  document.addEventListener("submit", ({ target }) => {
    if (me && !target.hasAttribute("hx-post")) keep([target], true);
  });

  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (!ended(ctx)) return;
    event.preventDefault(); // it is no part of this page
    keep();
    document.dispatchEvent(new CustomEvent("fleet:live", { detail: { state: "out" } }));
    if (!ctx.sourceElement.matches?.("form[data-send]")) tell();
  });

  document.addEventListener("DOMContentLoaded", arrive);
  return { ended, keep, link, tell };
})();
