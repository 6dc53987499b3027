// Ages tick by the server's clock without asking it; clock times and the exact time on hover are in the reader's zone.
(() => {
  const exact = new Intl.DateTimeFormat(undefined, {
    day: "numeric", month: "short", year: "numeric",
    hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
  });
  // Half a day away a time of day alone would be taken for another day's (fleet/web/pages/jinja.py has the same).
  const NEAR = 12 * 3600 * 1000;
  const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const STEPS = [[60, 1, "s"], [3600, 60, "min"], [86400, 3600, "h"], [365 * 86400, 86400, "d"]];
  const TIMES = "time[data-age], time[data-clock]";
  const WRITTEN = "time[datetime]:not([data-age], [data-clock])"; // whole in the text, or in words with a title

  // A length of time in one unit, rounded down: as the server writes it (fleet/clock.py), whatever ticks.
  function span(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    for (const [below, unit, name] of STEPS) if (whole < below) return `${Math.floor(whole / unit)} ${name}`;
    return `${Math.floor(whole / (365 * 86400))} y`;
  }
  window.fleetSpan = span;

  function write(element, text) {
    // The text's own data: a new text node would make the browser look at the styles of much of the page again.
    if (element.firstChild?.nodeType !== Node.TEXT_NODE) element.textContent = text;
    else if (element.firstChild.data !== text) element.firstChild.data = text;
  }

  function tick() {
    if (document.hidden) return;
    const now = fleetClock.now();
    for (const element of document.querySelectorAll("time[data-age]")) {
      write(element, span((now - Date.parse(element.dateTime)) / 1000));
    }
  }

  function localise(element) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    if (element.dataset.clock !== undefined) write(element, (Math.abs(fleetClock.now() - moment) < NEAR ? clock : day).format(moment));
    if (element.dataset.age !== undefined) write(element, span((fleetClock.now() - moment) / 1000));
    if (element.title) element.title = exact.format(moment);
  }

  // The server writes times in UTC, and says so.
  function localiseWritten() {
    for (const element of document.querySelectorAll(WRITTEN)) {
      const text = exact.format(new Date(element.dateTime));
      if (/ UTC$/.test(element.title) && element.title !== text) element.title = text;
      if (/ UTC$/.test(element.textContent)) write(element, text);
    }
  }

  // What is new on the page, or has been changed to another moment; on a page of a thousand rows not all of it.
  const observer = new MutationObserver((changes) => {
    const found = new Set();
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") found.add(target);
      // A morph writes the server's zone into the text that is there; ages tick, and are none of this.
      else if (type === "characterData" && target.parentElement?.dataset.clock !== undefined) found.add(target.parentElement);
      for (const node of addedNodes) {
        if (node.matches?.(TIMES)) found.add(node);
        for (const element of node.querySelectorAll?.(TIMES) ?? []) found.add(element);
      }
    }
    for (const element of found) if (element.matches(TIMES)) localise(element);
    observer.takeRecords(); // our own titles
  });

  document.addEventListener("visibilitychange", tick);
  setInterval(tick, 1000);
  document.querySelectorAll(TIMES).forEach(localise);
  localiseWritten();
  document.addEventListener("htmx:after:swap", localiseWritten);
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributeFilter: ["datetime", "title"] });
})();
