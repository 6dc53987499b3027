// Copy buttons say in words what happened.
(() => {
  function byHand(text) {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy"); // The only way where the page is not a secure context.
    area.remove();
    return done;
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return byHand(text);
    }
  }

  const linesOf = (list) => [...list.children].map((line) => (line.querySelector(".out-text") ?? line).textContent).join("\n");

  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-copy], [data-copy-lines]");
    if (!button) return;
    const word = button.querySelector("[data-copy-word]");
    word.dataset.before ??= word.textContent;
    const done = await copy(button.dataset.copy ?? linesOf(document.getElementById(button.dataset.copyLines)));
    button.classList.toggle("copied", done);
    word.textContent = done ? "Copied" : "Select and copy";
    if (!done) getSelection()?.selectAllChildren(button.closest("[data-copy-box]")?.querySelector("code") ?? button.parentElement);
    button.focus();
    clearTimeout(button.copyTimer);
    button.copyTimer = setTimeout(() => {
      word.textContent = word.dataset.before;
      button.classList.remove("copied");
    }, 2000);
  });
})();
