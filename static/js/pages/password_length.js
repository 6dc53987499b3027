// While a password is chosen: how many characters are missing. The server decides.
(() => {
  for (const said of document.querySelectorAll("[data-length-of]")) {
    const field = document.getElementById(said.dataset.lengthOf);
    const least = Number(said.dataset.least);
    field?.addEventListener("input", () => {
      const missing = least - [...field.value].length;
      said.dataset.enough = String(missing <= 0);
      if (!field.value) said.textContent = "";
      else said.textContent = missing > 0 ? `${missing} more ${missing === 1 ? "character" : "characters"}` : "Long enough";
    });
  }
})();
