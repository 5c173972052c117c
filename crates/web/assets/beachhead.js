// What a browser adds to pages that work without it: a refused form is shown from its summary, a form cannot be sent twice,
// keys do what the page says they do, search opens over the page, a screen of a meeting says how long it has been open, and
// work under way is shown as it goes on.
(() => {
  "use strict";
  const problems = document.getElementById("error-summary");
  if (problems) problems.focus();
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });

  // Parts of another page of ours.
  const part = async (address, selector) => {
    const answer = await fetch(address);
    return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(selector);
  };

  // A box over the page with a heading and a way out, which is gone when it is closed.
  const box = (words, content) => {
    const [dialog, heading, close] = ["dialog", "h2", "button"].map((name) => document.createElement(name));
    dialog.setAttribute("aria-label", words);
    heading.textContent = words;
    close.type = "button";
    close.className = "btn link";
    close.textContent = "Close";
    close.onclick = () => dialog.close();
    dialog.append(heading, close, content);
    dialog.onclose = () => dialog.remove();
    document.body.append(dialog);
    dialog.showModal();
    return dialog;
  };

  // Search over the page: what /search shows, found while one types.
  const search = async () => {
    const here = document.querySelector("main #q");
    if (here) return here.focus();
    const found = await part("/search", "[data-search-box]");
    if (!found) return location.assign("/search");
    const dialog = box("Search", found);
    const input = dialog.querySelector("input");
    const links = () => [...dialog.querySelectorAll("[data-found] a")];
    let asked = "";
    let waiting;
    const look = async () => {
      const words = (asked = input.value);
      const now = await part(`/search?q=${encodeURIComponent(words)}`, "[data-found]").catch(() => null);
      if (now && words === asked) dialog.querySelector("[data-found]").replaceWith(now);
    };
    input.focus();
    input.oninput = () => {
      clearTimeout(waiting);
      waiting = setTimeout(look, 120);
    };
    dialog.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      event.stopPropagation();
      clearTimeout(waiting);
      look().then(() => links()[0]?.click());
    };
    dialog.onkeydown = (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const all = [input, ...links()];
      all[Math.max(0, Math.min(all.length - 1, all.indexOf(document.activeElement) + by))].focus();
    };
  };
  document.querySelector("[data-search]")?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    search();
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

  // The keys of the page: those that its buttons name, then those of every page, as help lists them.
  const overlay = async () => {
    const all = await part("/help", "[data-all-keys]").catch(() => null);
    const list = all ?? document.createElement("dl");
    const shown = [...document.querySelectorAll("main [aria-keyshortcuts]")].filter((one) => one.checkVisibility());
    // Where many rows name a key, it is that of the row one is in, else of the first.
    const one = (key) => named(key) ?? shown.find((other) => other.getAttribute("aria-keyshortcuts") === key);
    const keys = new Set(shown.map((other) => other.getAttribute("aria-keyshortcuts")));
    const rows = new Map([...keys].map((key) => [key, (one(key).labels?.[0] ?? one(key)).textContent.trim() || one(key).ariaLabel]));
    for (const [key, does] of [...rows].reverse()) {
      const row = document.createElement("div");
      const [dt, dd, kbd] = ["dt", "dd", "kbd"].map((name) => document.createElement(name));
      kbd.textContent = key;
      dt.append(kbd);
      dd.textContent = does;
      row.append(dt, dd);
      list.prepend(row);
    }
    box("Keys", list);
  };

  // The rows that j and k go through: those of the lists that ask for it, else every row of the page with a link.
  const rows = () => {
    const listed = [...document.querySelectorAll("main [data-rows] > *")];
    const all = listed.length ? listed : [...document.querySelectorAll("main :is(tbody tr, .task-list > li, .log > li, .plain > li)")];
    return all.filter((row) => row.querySelector("a[href]"));
  };
  let row;
  const leave = () => {
    row?.classList.remove("current");
    row = undefined;
  };
  const go = (by) => {
    const all = rows();
    const at = row ? all.indexOf(row) + by : by > 0 ? 0 : all.length - 1;
    const next = all[Math.max(0, Math.min(all.length - 1, at))];
    if (!next) return;
    leave();
    row = next;
    row.classList.add("current");
    row.querySelector("a[href]").focus({ focusVisible: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const select = () => row?.querySelector("input[type=checkbox]")?.click();

  // What a key stands for: a link or button of the row one is in, else of the page.
  const named = (key) => {
    const selector = `[aria-keyshortcuts="${CSS.escape(key)}"]`;
    return row?.querySelector(selector) ?? document.querySelector(`main ${selector}`);
  };
  let after = "";
  document.addEventListener("keydown", (event) => {
    const inBox = document.querySelector("dialog[open]");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (!inBox) search();
      return;
    }
    const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
    if (event.key === "Escape" && !inBox) return typing ? typing.blur() : leave();
    // What a key does by itself where it is pressed comes before what the page gives it.
    const own = { Enter: "a, button, summary", Arrow: "[type=radio]" }[event.key.replace(/^(Arrow).*/, "$1")];
    if (own && event.target.closest(own)) return;
    if (typing || inBox || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (!("keys" in document.body.dataset)) return;
    const place = after === "g" && document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    after = event.key;
    setTimeout(() => (after = ""), 1500);
    const button = named(event.key);
    const does = { "/": search, "?": overlay, j: () => go(1), k: () => go(-1), x: select }[event.key];
    if (place) place.click();
    else if (button) button.click();
    else if (does) does();
    else return;
    event.preventDefault();
  });

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
