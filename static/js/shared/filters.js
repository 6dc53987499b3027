// A choice in the filter bar takes effect at once, a day by Enter or by the button that it brings up:
// while it is typed it is another day with each digit. Empty fields stay out of the address.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-filters]");
  if (form && event.target.matches("select")) form.requestSubmit();
});

document.addEventListener("input", (event) => {
  if (!event.target.matches("form[data-filters] input[type=date]")) return;
  const apply = event.target.form.querySelector("[data-apply]");
  apply.className = "btn";
  apply.removeAttribute("tabindex");
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-filters]")) return;
  const empty = [...event.target.elements].filter((field) => field.name && !field.value);
  for (const field of empty) field.disabled = true;
  setTimeout(() => { for (const field of empty) field.disabled = false; });
});
