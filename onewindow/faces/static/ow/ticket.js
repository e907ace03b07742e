/* A visitor's ticket on the phone: what changed is shown at once, a call rings. Without this the page loads itself anew. */
(() => {
  "use strict";
  let root = document.querySelector("[data-ticket]");
  if (!root) return;
  const feed = root.dataset.feed, EVERY = 2000, SLOW = 8000, ANYWAY = 30000, PATIENCE = 8000;
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const lost = document.querySelector("[data-ticket-lost]");
  const title = document.title;
  let version = "", shown = Date.now(), audio = null;

  const ring = () => {
    navigator.vibrate?.([400, 200, 400, 200, 800]);
    if (!audio || audio.state !== "running") return;
    const start = audio.currentTime;
    for (let turn = 0; turn < 3; turn += 1) {
      for (const [tone, from] of [[880, 0], [659.3, 0.3]]) {
        const voice = audio.createOscillator(), loud = audio.createGain(), at = start + turn + from;
        voice.frequency.value = tone;
        loud.gain.setValueAtTime(0.0001, at);
        loud.gain.exponentialRampToValueAtTime(0.5, at + 0.02);
        loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
        voice.connect(loud).connect(audio.destination);
        voice.start(at);
        voice.stop(at + 0.55);
      }
    }
  };

  /* the phone rings only after it was asked to once: browsers want a touch first */
  const allow = () => {
    const button = document.querySelector("[data-ticket-sound]");
    const Context = window.AudioContext || window.webkitAudioContext;
    if (!button || !Context) return;
    button.hidden = Boolean(audio);
    button.addEventListener("click", async () => {
      audio = new Context();
      await audio.resume();
      navigator.vibrate?.(100);
      button.hidden = true;
      document.querySelector("[data-ticket-sounding]").hidden = false;
    });
    if (audio) document.querySelector("[data-ticket-sounding]").hidden = false;
  };
  const name = () => { document.title = root.dataset.state === "called" ? `请到 ${root.dataset.window}` : title; };

  const refresh = async () => {
    const answer = await fetch(window.location.href, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-ticket]");
    if (!fresh) return;
    const before = `${root.dataset.state} ${root.dataset.called}`;
    root.replaceWith(document.adoptNode(fresh));
    root = fresh;
    shown = Date.now();
    allow();
    name();
    if (root.dataset.state === "called" && `${root.dataset.state} ${root.dataset.called}` !== before) ring();
  };

  const look = async () => {
    const answer = await fetch(`${feed}?v=${version}`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 204) return false;
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    const first = !version;
    version = told.version;
    if (first) return true; /* what changed between this page and the first look would else be seen only much later */
    const mine = (told.calls || []).find((call) => call.number === root.dataset.number);
    const called = Boolean(mine) && String(mine.open) !== String(root.dataset.state === "called");
    /* far back in the line a change ahead is no hurry; a call, or being nearly there, is */
    return called || root.dataset.state !== "waiting" || Number(root.dataset.ahead) <= 3 || Date.now() - shown > SLOW;
  };

  const live = async () => {
    let trouble = 0, due = false;
    while (root.dataset.live === "1") {
      await wait(trouble ? Math.min(EVERY * 2 ** trouble, 15000) : EVERY);
      try {
        due = (await look()) || due || Date.now() - shown > ANYWAY;
        if (due) { await refresh(); due = false; }
        trouble = 0;
      } catch { trouble += 1; }
      lost.hidden = trouble < 2;
    }
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden && root.dataset.live === "1") refresh().catch(() => {}); });
  allow();
  name();
  live();
})();
