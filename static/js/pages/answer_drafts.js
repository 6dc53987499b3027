// Words that were begun as an answer are not lost when the question is gone: answered by somebody else, withdrawn,
// replaced. They stand below the needs (or on the agent's page) as a command that can be sent, also after a reload.
// They are kept in this tab only (sessionStorage), for whoever typed them.
(() => {
  const place = document.getElementById("left-words");
  const form = document.getElementById("left-words-form");
  if (!place || !form) return;
  const KEY = `fleet.words.${document.body.dataset.me}`;
  const FIELD = "textarea[id^='answer-']";
  const drafts = new Map(Object.entries(read()));
  const sending = new Set();
  const sent = new Map(); // words that come back when their answer is taken back
  const RETURN = 3000; // ms for a question to be on the page again

  function read() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
    } catch {
      return {};
    }
  }

  function write() {
    try {
      if (drafts.size) sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(drafts)));
      else sessionStorage.removeItem(KEY);
    } catch {
      // No room, or none allowed: they are kept until this page is left.
    }
  }

  const agentOf = (field) => field.dataset.left ?? field.id.slice("answer-".length);
  const questionOf = (field) => field.form.elements.question?.value ?? "";
  const fieldOf = (source) => source?.querySelector?.(`${FIELD}, textarea[data-left]`);
  const nameBeside = (field) =>
    (field.closest(".need")?.querySelector(".need-name") ?? document.querySelector("#agent-header h1"))?.textContent.trim();

  function keep(field) {
    const agent = agentOf(field);
    if (!field.value.trim()) drafts.delete(agent);
    else drafts.set(agent, { question: questionOf(field), name: nameBeside(field), ...drafts.get(agent), text: field.value });
    write();
  }

  function drop(agent) {
    drafts.delete(agent);
    write();
    document.getElementById(`left-${agent}`)?.remove();
  }

  // The words under their own question again, or a form that sends them as a command.
  function settle() {
    for (const [agent, draft] of drafts) {
      const field = document.getElementById(`answer-${agent}`);
      const asked = field && questionOf(field) === draft.question;
      if (asked && !field.value) field.value = draft.text;
      if (field?.value === draft.text) document.getElementById(`left-${agent}`)?.remove();
      else if (!field?.value.trim() && !sending.has(agent)) leave(agent, draft);
    }
  }

  function leave(agent, draft) {
    const here = document.querySelector("#needs-list") || location.pathname.includes(`/agents/${agent}`);
    if (!here || document.getElementById(`left-${agent}`)) return;
    const left = form.content.firstElementChild.cloneNode(true);
    left.id = `left-${agent}`;
    left.querySelector("[data-name]").textContent = draft.name;
    const path = left.dataset.path.replace("AGENT", encodeURIComponent(agent));
    left.setAttribute("action", path);
    left.setAttribute("hx-post", path);
    const field = left.querySelector("textarea");
    field.dataset.left = agent;
    field.value = draft.text;
    place.append(left);
    htmx.process(left);
    const notice = document.getElementById("notice");
    if (notice?.textContent === "") document.dispatchEvent(new CustomEvent("fleet:notice", { detail: left.querySelector("p").textContent }));
  }

  function bringBack(undo) {
    const [, agent] = /\/agents\/([^/]+)\/answer$/.exec(undo.getAttribute("action")) ?? [];
    if (!sent.has(agent)) return;
    drafts.set(agent, sent.get(agent));
    write();
    sending.add(agent);
    settle();
    setTimeout(() => {
      sending.delete(agent);
      settle();
    }, RETURN);
  }

  document.addEventListener("input", ({ target }) => {
    if (target.matches?.(`${FIELD}, textarea[data-left]`)) keep(target);
  });

  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    const field = fieldOf(ctx.sourceElement);
    if (field) sending.add(agentOf(field));
  });

  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement?.matches?.("[data-undo]") && ctx.response.status < 400) return bringBack(ctx.sourceElement);
    const field = fieldOf(ctx.sourceElement);
    if (!field) return;
    sending.delete(agentOf(field));
    const well = ctx.response.status < 400 && !fleetKept.ended(ctx);
    if (!well) return settle();
    if (drafts.has(agentOf(field))) sent.set(agentOf(field), drafts.get(agentOf(field)));
    drop(agentOf(field));
  });

  document.addEventListener("htmx:error", ({ detail }) => {
    const field = fieldOf(detail.ctx?.sourceElement);
    if (!field) return;
    sending.delete(agentOf(field));
    settle();
  });

  document.addEventListener("click", ({ target }) => {
    const left = target.closest?.("[data-discard]")?.closest("form");
    if (left) drop(agentOf(left.querySelector("textarea")));
  });

  document.addEventListener("htmx:after:swap", settle);
  settle();
})();
