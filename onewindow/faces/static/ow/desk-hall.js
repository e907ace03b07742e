/* The window panel and the call bar: one key for each press, and a line that is never older than a few seconds. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  /* F2 F8 F9 work everywhere, also while typing; letters only when nothing is being typed */
  const typing = (node) => node?.closest?.("input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]");
  const press = (key) => {
    const target = all("[data-hall-key]").find((one) => one.dataset.hallKey === key && !one.disabled && one.getClientRects().length);
    if (!target) return false;
    if (target.matches("summary")) {
      const fold = target.parentElement;
      fold.open = !fold.open;
      const first = fold.open ? $("input:not([type=hidden]), select, button", fold) || target : target;
      first.focus();
      first.select?.();
    } else target.click();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.repeat) return;
    if ($("dialog[open]")) return;
    const far = /^F\d+$/.test(event.key);
    if (!far && (event.shiftKey || typing(event.target))) return;
    if (press(event.key)) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const fold = event.target.closest?.(".dh-fold[open]");
    if (fold) { fold.open = false; $("summary", fold).focus(); }
  });

  $("[data-hall-problem]")?.focus();

  /* what changed in the hall is shown within seconds; what one is typing stays */
  const panel = $("#hall[data-feed]");
  if (!panel) return;
  const PARTS = ["hall-help", "hall-now", "hall-aside", "hall-line"];
  const LEAST = 4000, MOST = 30000, EVERY = 2000;
  let version = "", fresh = Date.now(), wanted = false, busy = false;

  const inUse = (part) => $(".dh-fold[open]", part) || typing(document.activeElement)?.closest?.(`#${part.id}`);
  const swap = (page) => {
    for (const id of PARTS) {
      const old = document.getElementById(id), now = page.getElementById(id);
      if (!old || !now || (inUse(old) && old.dataset.now === now.dataset.now)) continue;
      const at = old.contains(document.activeElement) ? document.activeElement.id : "";
      old.replaceWith(document.adoptNode(now));
      if (at) document.getElementById(at)?.focus();
    }
    document.title = page.title;
  };
  const refresh = async () => {
    const answer = await fetch(panel.dataset.here, { headers: { "X-Hall": "refresh" }, redirect: "error" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById("hall-now")) { window.location.assign(panel.dataset.here); return; }
    swap(page);
    fresh = Date.now();
    wanted = false;
  };
  const look = async () => {
    const answer = await fetch(`${panel.dataset.feed}${version ? `&v=${version}` : ""}`);
    if (answer.status === 200) {
      const said = (await answer.json()).version;
      if (version && said !== version) wanted = true;
      version = said;
    }
    const age = Date.now() - fresh;
    if ((wanted && age >= LEAST) || age >= MOST) await refresh();
  };
  const mark = (lost) => {
    panel.toggleAttribute("data-lost", lost);
    const note = $("#hall-lost");
    if (note) note.hidden = !lost;
  };
  const tick = async () => {
    if (document.hidden || busy || $("button[aria-busy]")) return;
    busy = true;
    try { await look(); mark(false); } catch { mark(true); } finally { busy = false; }
  };
  tick(); /* at once: the version of this page, not of what comes after it */
  setInterval(tick, EVERY);
})();
