// Where nothing hovers, a tap on a state or a time shows what its title says.
(() => {
  const hint = document.createElement("div");
  hint.className = "hint";
  hint.role = "status";
  hint.popover = "auto";
  document.body.append(hint);

  document.addEventListener("click", (event) => {
    const titled = event.target.closest?.("[title]");
    if (event.pointerType !== "touch" || !titled || titled.closest("a, button, summary, label")) return;
    hint.textContent = titled.title;
    hint.showPopover();
    const { left, bottom, top } = titled.getBoundingClientRect();
    const below = bottom + 8 + hint.offsetHeight < innerHeight;
    hint.style.top = `${below ? bottom + 8 : top - 8 - hint.offsetHeight}px`;
    hint.style.left = `${Math.max(8, Math.min(left, innerWidth - hint.offsetWidth - 8))}px`;
  });
  addEventListener("scroll", () => hint.matches(":popover-open") && hint.hidePopover(), { passive: true });
})();
