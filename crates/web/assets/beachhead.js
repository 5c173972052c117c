// What a browser adds to pages that work without it: the menu closes itself on a narrow page, a refused form is shown
// from its summary, and a form cannot be sent twice.
(() => {
  "use strict";
  const menu = document.querySelector("details.menu");
  if (menu && matchMedia("(max-width: 40rem)").matches) menu.open = false;
  const problems = document.getElementById("error-summary");
  if (problems) problems.focus();
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
})();
