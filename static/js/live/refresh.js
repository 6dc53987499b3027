// The server may say "reset" (too much was missed to replay): read the page again, change it in place.
(() => {
  const parts = ["live", "badge-overview", "badge-agents", "badge-overview-phone", "badge-agents-phone", "badge-tasks", "badge-tasks-phone"];
  let running = false;

  async function refresh() {
    const main = document.getElementById("main");
    if (running || !main) return;
    running = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (answer.redirected) return location.assign(answer.url);
      if (!answer.ok) throw new Error(`the page answered ${answer.status}`);
      await htmx.swap({
        sourceElement: main,
        target: main,
        text: await answer.text(),
        select: "#main",
        selectOOB: parts.map((id) => `#${id}:outerMorph`).join(","),
        swap: "outerMorph",
      });
      document.dispatchEvent(new CustomEvent("fleet:refreshed"));
    } catch {
      setTimeout(refresh, 5000);
    } finally {
      running = false;
    }
  }

  document.addEventListener("fleet:refresh", refresh);
})();
