// A line at the foot of the page says what came of something that was done elsewhere:
// document.dispatchEvent(new CustomEvent("fleet:notice", { detail: "Sent to Code Reviewer" })).
(() => {
  const notice = document.getElementById("notice");
  if (!notice) return;
  let timer = 0;

  document.addEventListener("fleet:notice", ({ detail }) => {
    notice.textContent = detail;
    clearTimeout(timer);
    timer = setTimeout(() => { notice.textContent = ""; }, 6000);
  });
})();
