// What a browser adds to pages that work without it: the menu closes itself on a narrow page, a refused form is shown
// from its summary, a form cannot be sent twice, a page that names keys for its buttons hears them, a screen of a meeting
// says how long it has been open, and work under way is shown as it goes on.
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
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
    // What a key does by itself where it is pressed comes before what the page gives it.
    const own = { Enter: "a, button, summary", Arrow: "[type=radio]" }[event.key.replace(/^(Arrow).*/, "$1")];
    if (typing || (own && event.target.closest(own))) return;
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    const pressed = document.querySelector(`[data-keys] [aria-keyshortcuts="${CSS.escape(event.key)}"]`);
    if (!pressed) return;
    event.preventDefault();
    pressed.click();
  });
  const timer = document.querySelector("[data-timer]");
  if (timer) {
    const began = Number(sessionStorage.getItem(location.pathname)) || Date.now();
    sessionStorage.setItem(location.pathname, began);
    const tick = () => {
      const seconds = Math.floor((Date.now() - began) / 1000);
      timer.textContent = `On this screen ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    };
    tick();
    setInterval(tick, 1000);
  }
  const work = document.querySelector("[data-renew]");
  const renew = async () => {
    try {
      const answer = await fetch(location.href);
      const now = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-renew]");
      if (answer.redirected || !now) return location.reload();
      for (const part of ["p", "label"]) {
        const [shown, said] = [work.querySelector(part), now.querySelector(part)];
        if (shown.textContent !== said.textContent && !shown.querySelector("label")) shown.textContent = said.textContent;
      }
      work.querySelector("progress").value = now.querySelector("progress").value;
    } catch {
      // The server may be starting again; the next try tells.
    }
    setTimeout(renew, Number(work.dataset.renew));
  };
  if (work) setTimeout(renew, Number(work.dataset.renew));
})();
