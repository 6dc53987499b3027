// Whatever carries data-stop opens the dialog instead of the page that does the same.
(() => {
  const dialog = document.getElementById("stop-dialog");
  if (!dialog) return;
  let opener = null;

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-stop]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    opener = link;
    const menu = link.closest("details[data-menu]");
    if (menu) {
      menu.open = false;
      opener = menu.querySelector("summary");
    }
    if (!document.querySelector("dialog:modal")) dialog.showModal();
  });
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || target.closest("[data-stop-close]")) dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.querySelector("form").reset();
    if (opener?.isConnected) opener.focus({ preventScroll: true });
  });
})();
