// Ages tick without the server; clock times and the exact time on hover are in the reader's zone.
(() => {
  const exact = new Intl.DateTimeFormat(undefined, {
    day: "numeric", month: "short", year: "numeric",
    hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
  });
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  let skew = 0; // the server's clock minus ours, in milliseconds

  function age(seconds) {
    if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86400)} d`;
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    if (document.hidden) return;
    const now = Date.now() + skew;
    for (const element of document.querySelectorAll("time[data-age]")) {
      write(element, age((now - Date.parse(element.dateTime)) / 1000));
    }
  }

  function localise() {
    for (const element of document.querySelectorAll("time[data-clock], time[data-age]")) {
      const moment = new Date(element.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      if (element.dataset.clock !== undefined) write(element, clock.format(moment));
      if (element.title) element.title = exact.format(moment);
    }
    tick();
  }

  document.addEventListener("htmx:before:response", ({ detail }) => {
    const sent = Date.parse(detail.ctx.response.headers.get("Date") ?? "");
    const difference = sent - Date.now();
    if (sent) skew = Math.abs(difference) > 3000 ? difference : 0;
  });
  document.addEventListener("htmx:after:swap", localise);
  document.addEventListener("visibilitychange", tick);
  setInterval(tick, 1000);
  localise();
})();
