/* The kiosk in the hall: back to the start when nobody is there, voice, letters without a new page, the printer.
   Reading and taking a ticket work without any of it. */
(() => {
  "use strict";
  const kiosk = document.querySelector("[data-kiosk]");
  if (!kiosk || !kiosk.dataset.home) return;
  const $ = (selector, root = document) => root.querySelector(selector);
  const home = kiosk.dataset.home;
  const idle = Number(kiosk.dataset.idle) * 1000, warn = Number(kiosk.dataset.warn) * 1000;
  const PATIENCE = 5000;
  const atStart = Boolean($("[data-kiosk-start]"));

  /* a page of the last visitor never comes back out of the browser's memory */
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.replace(`${home}again/`); });

  /* ---- the clock is the server's, then counts on ---- */
  const clock = $("[data-kiosk-clock]");
  const ahead = clock ? Date.parse(clock.dateTime) - Date.now() : 0;
  const zone = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  if (clock) setInterval(() => { clock.textContent = zone.format(new Date(Date.now() + ahead)); }, 1000);

  /* ---- nobody there: a warning, then the start; the start itself stays fresh ---- */
  const lost = $("[data-kiosk-lost]");
  const reachable = async () => {
    const patience = AbortSignal.timeout(PATIENCE);
    try { return (await fetch(home, { method: "HEAD", cache: "no-store", signal: patience })).status < 500; } catch { return false; }
  };
  const go = async (address) => {
    const there = await reachable();
    lost.hidden = there;
    if (there) window.location.replace(address);
    else if (!atStart) $("main").hidden = true; // whoever left must not be read by the next, connected or not
    return there;
  };
  let last = Date.now(), dialog = null, leaving = false;
  const touched = () => { last = Date.now(); if (dialog) { dialog.close(); } };
  const ask = () => {
    dialog = document.createElement("dialog");
    dialog.className = "ow-dialog kiosk-idle";
    const title = document.createElement("h2"), left = document.createElement("p"), stay = document.createElement("button");
    title.textContent = "您还在吗？";
    left.textContent = `${Math.round((idle - warn) / 1000)} 秒后回到首页`;
    left.dataset.kioskLeft = "";
    stay.className = "ow-btn ow-btn--primary";
    stay.type = "button";
    stay.textContent = "我还在，接着办";
    title.id = "kiosk-idle-title";
    dialog.setAttribute("aria-labelledby", title.id);
    dialog.append(title, left, stay);
    dialog.addEventListener("close", () => { dialog?.remove(); dialog = null; }); /* comes late on a busy machine: the touch counts, not this */
    stay.addEventListener("click", touched);
    document.body.append(dialog);
    dialog.showModal();
    say("您还在吗？不操作的话，马上回到首页。");
  };
  /* not "scroll": a page also scrolls by itself, when a dialog closes or a part is hidden, and nobody touched it */
  for (const kind of ["pointerdown", "touchmove", "wheel", "keydown"]) document.addEventListener(kind, touched, { capture: true, passive: true });
  setInterval(async () => {
    const quiet = Date.now() - last;
    if (leaving) return;
    if (quiet >= idle) {
      leaving = true;
      leaving = await go(atStart ? window.location.pathname : `${home}again/`);
      if (!leaving) last = Date.now() - idle + 5000;
    } else if (!atStart && quiet >= warn) {
      if (!dialog) ask();
      $("[data-kiosk-left]", dialog).textContent = `${Math.ceil((idle - quiet) / 1000)} 秒后回到首页`;
    }
  }, 500);

  /* ---- voice: the page says what to do, a touched button says its name ---- */
  const speech = window.speechSynthesis;
  const speaks = "voice" in kiosk.dataset && Boolean(speech);
  function say(text) {
    if (!speaks || !text) return;
    speech.cancel();
    const words = new SpeechSynthesisUtterance(text);
    words.lang = "zh-CN";
    words.rate = 0.9;
    speech.speak(words);
  }
  const voice = $("[data-kiosk-voice]");
  if (voice && !speech) voice.hidden = true;
  say($("[data-say]")?.dataset.say);
  document.addEventListener("focusin", (event) => {
    const target = event.target.closest?.("a, button");
    if (target && !target.closest("dialog")) say(target.getAttribute("aria-label") || target.textContent.trim().replace(/\s+/g, "，"));
  });

  /* ---- letters: the list changes, the page stays ---- */
  const keys = $("[data-kiosk-keys]");
  if (keys) {
    let asked = 0;
    const field = keys.elements.namedItem("q");
    const look = async () => {
      const turn = ++asked;
      const query = new URLSearchParams(new FormData(keys));
      try {
        const answer = await fetch(`${keys.action}?${query}`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("results");
        if (turn !== asked || !fresh) return;
        document.getElementById("results").replaceWith(document.adoptNode(fresh));
        lost.hidden = true;
      } catch { lost.hidden = false; }
    };
    keys.addEventListener("submit", (event) => {
      const key = event.submitter?.name === "key" ? event.submitter.value : "";
      event.preventDefault();
      if (key === "clear") field.value = "";
      else if (key === "back") field.value = field.value.slice(0, -1);
      else if (key) field.value = (field.value + key).slice(0, 40);
      look();
    });
    field.addEventListener("input", (event) => { if (!event.isComposing) look(); });
    field.addEventListener("compositionend", look);
  }

  /* ---- digits are put in place at once ---- */
  const digits = $("[data-kiosk-digits]");
  digits?.addEventListener("submit", (event) => {
    const key = event.submitter?.name === "key" ? event.submitter.value : "";
    if (!key) return;
    event.preventDefault();
    const field = digits.elements.namedItem("digits");
    field.value = key === "clear" ? "" : key === "back" ? field.value.slice(0, -1) : (field.value + key).slice(0, Number(field.dataset.most || 6));
  });

  /* ---- paper, only where this machine has a printer; going back to this page does not print again ---- */
  if ($("[data-kiosk-ticket]") && "prints" in kiosk.dataset) {
    const printed = `printed:${window.location.pathname}`;
    let before = null;
    try { before = sessionStorage.getItem(printed); sessionStorage.setItem(printed, "1"); } catch { /* print rather twice than never */ }
    if (!before) window.print();
  }
})();
