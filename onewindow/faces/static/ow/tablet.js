/* The rating screen: asks whether a visit has ended, shows its form, goes back to rest when nobody touches it.
   Without this the page loads itself anew. */
(() => {
  "use strict";
  const root = document.querySelector("[data-tablet]");
  if (!root || !root.dataset.home) return;
  const home = root.dataset.home, idle = Number(root.dataset.idle) * 1000;
  const EVERY = 2000, SLOW = 15000, PATIENCE = 5000;
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const lost = document.querySelector("[data-tablet-lost]");

  /* a form of the last visitor never comes back out of the browser's memory */
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.replace(home); });

  const watch = async () => {
    let trouble = 0;
    while (true) {
      await wait(trouble ? Math.min(EVERY * 2 ** trouble, SLOW) : EVERY);
      try {
        const answer = await fetch(`${home}state`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
        if (answer.status === 403 || answer.status === 404) { window.location.reload(); return; }
        if (!answer.ok) throw new Error(String(answer.status));
        const told = await answer.json();
        trouble = 0;
        lost.hidden = true;
        if (told.rate) { window.location.replace(told.rate); return; }
      } catch {
        trouble += 1;
        lost.hidden = trouble < 2;
      }
    }
  };

  if (root.dataset.tablet === "rest") { watch(); return; }
  if (root.dataset.tablet !== "form") return;
  let last = Date.now(), skipped = false;
  for (const kind of ["pointerdown", "keydown", "input"]) document.addEventListener(kind, () => { last = Date.now(); }, { capture: true, passive: true });
  /* the address stays the form's while it is offered (30 seconds after the visit): rest without asking again */
  setInterval(async () => {
    if (skipped || Date.now() - last < idle) return;
    skipped = true;
    try {
      await fetch(`${home}state`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      window.location.replace(home);
    } catch {
      document.querySelector("main").hidden = true; // whoever left must not be read by the next
      lost.hidden = false;
      skipped = false;
    }
  }, 1000);
})();
