// Answers by keys. On the overview j marks a need (the focus is in it) and a digit answers it with that option; on an
// agent's page a digit chooses the option, and Enter sends it. r goes to the field for own words, Escape leaves it.
// A digit answers nothing but what is marked and seen: not a question that has changed since it was marked, not a need
// that has just moved or is out of sight, and never twice.
(() => {
  const STILL = 500; // ms for which a need must have stood where it stands
  const REPLY = ".need textarea, .answer textarea, .composer textarea, .command-form textarea";
  let marked = null; // { need, asked, top }: what was marked, what it asked then, where it stood
  let moved = -Infinity;
  let sent = null; // What was answered by a key, until its answer is refused.

  const say = (words) => document.dispatchEvent(new CustomEvent("fleet:notice", { detail: words }));
  const topOf = (need) => need.getBoundingClientRect().top + scrollY;
  const optionsOf = (need) => [...need.querySelectorAll(".need-options button[name=content]")];
  const askedBy = (need) =>
    [need.id, need.querySelector("[name=question]")?.value, ...optionsOf(need).map(({ value }) => value)].join("\n");

  function markOf(element) {
    const need = element?.closest?.(".need");
    return need && need !== element ? need : null; // the need itself has the focus when another one before it has gone
  }

  function inSight(element) {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 48 && bottom <= innerHeight;
  }

  function hindrance(need, option) {
    if (marked.asked !== askedBy(need)) return "The question has changed: read it, then press again.";
    if (performance.now() - moved < STILL) return "The question has just moved: look, then press again.";
    if (!inSight(option)) return "The question was out of sight: look, then press again.";
    return null;
  }

  function answer(digit) {
    const need = markOf(document.activeElement);
    if (!need) {
      if (document.querySelector(".need-options")) say("No question is marked: press J for the first one.");
      return false;
    }
    const option = optionsOf(need)[digit - 1];
    if (!option || marked?.need !== need || sent === askedBy(need)) return true;
    const words = hindrance(need, option);
    marked.asked = askedBy(need);
    if (words) {
      say(words);
      option.scrollIntoView({ block: "nearest" });
    } else {
      sent = marked.asked;
      option.form.requestSubmit(option);
    }
    return true;
  }

  function choose(digit) {
    const radios = document.querySelectorAll("#agent-question .options input[type=radio]:not([value=''])");
    const radio = radios[digit - 1];
    if (radio) {
      radio.click();
      radio.focus();
      radio.closest(".option").scrollIntoView({ block: "nearest" });
    }
    return radios.length > 0;
  }

  function reply() {
    const field = markOf(document.activeElement)?.querySelector("textarea")
      ?? [...document.querySelectorAll(REPLY)].find((one) => one.checkVisibility());
    field?.focus();
    return Boolean(field);
  }

  document.addEventListener("fleet:key", (event) => {
    const key = event.detail;
    const done = /^[1-9]$/.test(key) ? answer(key) || choose(key) : key === "r" && reply();
    if (done) event.preventDefault();
  });

  document.addEventListener("focusin", ({ target }) => {
    const need = markOf(target);
    if (!need) marked = null;
    else if (marked?.need !== need) marked = { need, asked: askedBy(need), top: topOf(need) };
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog:modal")) return;
    const at = document.activeElement;
    const link = at.matches(REPLY) && at.closest(".need")?.querySelector("[data-row]");
    if (link) link.focus();
    else if (at.matches(REPLY) || at.closest(".need, #agent-question")) at.blur();
  });

  function again({ detail: { ctx } }) {
    if (!ctx?.response || ctx.response.status >= 400 || ctx.sourceElement?.matches?.("[data-undo]")) sent = null;
  }
  document.addEventListener("htmx:after:request", again);
  document.addEventListener("htmx:error", again);

  const list = document.getElementById("needs-list");
  if (!list) return;
  new MutationObserver(() => {
    if (!marked?.need.isConnected) return;
    const top = topOf(marked.need);
    if (Math.abs(top - marked.top) > 1) moved = performance.now();
    marked.top = top;
  }).observe(list, { childList: true });
})();
