// Forms that send in place: <form data-send method="post" action="…" hx-post="…" hx-swap="none" hx-sync="this:drop">.
// After a success the field is empty and keeps the focus; after a failure nothing typed is lost.
(() => {
  const fieldOf = (form) => form.querySelector("textarea, input:not([type=hidden], [type=checkbox])");

  function slot(form, name) {
    const id = form.dataset.messagesAt;
    const place = id ? document.getElementById(id) : form;
    return place?.querySelector(`[data-${name}]`);
  }

  function say(form, error, note) {
    const errors = slot(form, "error");
    const notes = slot(form, "note");
    if (errors) errors.textContent = error;
    if (notes) notes.textContent = note;
    const field = fieldOf(form);
    if (error) field?.setAttribute("aria-invalid", "true");
    else field?.removeAttribute("aria-invalid");
  }

  // An error says what happened in the answer's own words, JSON or page.
  function reason({ text, response }) {
    try {
      return JSON.parse(text).error.message;
    } catch {
      const page = new DOMParser().parseFromString(text ?? "", "text/html");
      const words = page.querySelector("[data-reason], [role=alert]:not(:empty)")?.textContent.trim();
      return words || `Fleet answered ${response?.status}.`;
    }
  }

  // What somebody else has done meanwhile is said at the foot of the page too: it may take the form away with it.
  function failed(form, words, gone = false) {
    const typed = fieldOf(form)?.value;
    const not = form.dataset.failed ?? "Not sent:";
    const said = typed ? `${not} ${words} Your text is still here.` : `${not} ${words}`;
    say(form, said, "");
    if (gone || !form.isConnected) document.dispatchEvent(new CustomEvent("fleet:notice", { detail: said }));
    if (form.contains(document.activeElement)) fieldOf(form)?.focus();
  }

  // What was typed waits in this tab for whoever signs in as the same person (kept_words.js).
  function signedOut(form) {
    say(form, "Your session has ended. ", "");
    const errors = slot(form, "error");
    const typed = fieldOf(form)?.value;
    errors?.append(fleetKept.link("Sign in to send this"), typed ? "; your words are kept." : ".");
    if (!errors) fleetKept.tell();
  }

  // htmx speaks of a form that has left the page at the document.
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const target = ctx.sourceElement;
    if (!target?.matches?.("form[data-send]")) return;
    if (fleetKept.ended(ctx)) return signedOut(target);
    if (ctx.response.status >= 400) {
      failed(target, reason(ctx), ctx.response.status === 409);
      const question = target.elements.question;
      if (ctx.response.status === 409 && question?.next !== undefined) question.value = question.next;
    }
    else {
      target.reset();
      say(target, "", target.dataset.send || "Sent");
    }
  });

  document.addEventListener("htmx:error", ({ target, detail: { ctx } }) => {
    const form = ctx?.sourceElement ?? target;
    if (form.matches?.("form[data-send]") && !ctx?.response) failed(form, "Fleet could not be reached.");
  });

  document.addEventListener("input", ({ target }) => {
    if (target.form?.matches("[data-send]")) say(target.form, "", "");
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    const form = event.target.form;
    if (!form || form.method !== "post") return;
    event.preventDefault();
    form.requestSubmit();
  });

  // A secret can be looked at.
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-reveal]");
    const field = button && document.getElementById(button.dataset.reveal);
    if (!field) return;
    const hidden = field.type === "password";
    field.type = hidden ? "text" : "password";
    button.setAttribute("aria-pressed", String(hidden));
  });

  if (/Mac|iPhone|iPad/.test(navigator.platform)) {
    for (const key of document.querySelectorAll("kbd[data-ctrl]")) key.textContent = key.textContent.replace("Ctrl", "Cmd");
  }
})();
