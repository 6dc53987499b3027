// An agent that was deleted while its page is open: what stands there stays readable, nothing can be sent.
(() => {
  const notice = document.getElementById("agent-notice");
  if (!notice) return;

  function close() {
    if (!document.getElementById("agent-gone")) return;
    for (const field of document.querySelectorAll("#main form :is(input, select, textarea, button)")) field.disabled = true;
  }

  new MutationObserver(close).observe(document.getElementById("main"), { childList: true, subtree: true });
  close();
})();
