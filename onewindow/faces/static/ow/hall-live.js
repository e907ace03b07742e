/* The hall view: asks for the present while somebody looks, or plays a past day. Without it the page still shows. */
(() => {
  "use strict";
  const hall = document.querySelector("[data-hall]");
  const player = document.querySelector("[data-hall-player]");
  if (!hall || !window.htmx) return;
  const stale = document.querySelector("[data-hall-stale]");
  const past = player?.hasAttribute("data-hall-past");
  const TICK = 5000;

  /* somebody who is writing what was done is not interrupted */
  const writing = () => [...hall.querySelectorAll("input:not([type=hidden]), textarea")]
    .some((box) => box === document.activeElement || box.value !== box.defaultValue);
  const mark = (bad) => { if (stale) stale.hidden = !bad; };
  document.body.addEventListener("htmx:afterOnLoad", (event) => { if (event.detail.elt === hall || event.detail.target === hall) mark(event.detail.xhr.status >= 400); });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.body.addEventListener(name, () => mark(true));

  /* what had the focus keeps it */
  let focused = null;
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== hall) return;
    focused = hall.contains(document.activeElement) ? document.activeElement.closest("[aria-label]")?.getAttribute("aria-label") : null;
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === hall && focused) [...hall.querySelectorAll("[aria-label][tabindex]")].find((one) => one.getAttribute("aria-label") === focused)?.focus({ preventScroll: true });
  });

  if (!past) {
    const tick = () => { if (document.visibilityState === "visible" && !writing()) htmx.trigger(hall, "hall-tick"); };
    setInterval(tick, TICK);
    document.addEventListener("visibilitychange", tick);
    return;
  }

  const controls = player.querySelector("[data-hall-controls]");
  const slider = player.querySelector("[data-hall-slider]");
  const clock = player.querySelector("[data-hall-clock]");
  const play = player.querySelector("[data-hall-play]");
  const speeds = [...player.querySelectorAll("[data-hall-speed]")];
  const day = player.dataset.day;
  const last = Number(player.dataset.last);
  let at = Number(player.dataset.at);
  let shown = at;
  let speed = 60;
  let playing = false;
  let asked = false;
  let before = 0;

  const two = (number) => String(number).padStart(2, "0");
  const words = (seconds) => [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60].map(two).join(":");
  const draw = () => {
    clock.value = words(at);
    slider.value = String(Math.round(at));
    slider.setAttribute("aria-valuetext", words(at).slice(0, 5));
    play.setAttribute("aria-pressed", String(playing));
    for (const part of play.querySelectorAll("[data-hall-when]")) part.hidden = (part.dataset.hallWhen === "playing") !== playing;
    for (const button of speeds) button.setAttribute("aria-pressed", String(Number(button.dataset.hallSpeed) === speed));
  };
  const fetchThen = async () => {
    if (asked || Math.floor(at) === Math.floor(shown)) return;
    asked = true;
    shown = at;
    const moment = `${day}T${words(at)}`;
    try {
      await htmx.ajax("GET", `${hall.dataset.hall}?at=${moment}`, { target: hall, swap: "innerHTML" });
      history.replaceState(history.state, "", `?at=${moment}`);
    } catch { mark(true); } finally { asked = false; }
  };
  const stop = () => { playing = false; draw(); };
  const step = () => {
    const now = performance.now();
    if (playing && document.visibilityState === "visible") {
      at = Math.min(at + speed * (now - before) / 1000, last);
      if (at >= last) playing = false;
      draw();
      if (speed > 1 || Math.abs(at - shown) >= 2 || !playing) fetchThen();
    }
    before = now;
  };

  play.addEventListener("click", () => {
    if (!playing && at >= last) at = Number(player.dataset.first);
    playing = !playing;
    before = performance.now();
    draw();
  });
  for (const button of speeds) button.addEventListener("click", () => { speed = Number(button.dataset.hallSpeed); draw(); });
  slider.addEventListener("input", () => { at = Number(slider.value); stop(); });
  slider.addEventListener("change", fetchThen);
  setInterval(step, 700);
  setInterval(() => { if (!playing) fetchThen(); }, 400);
  controls.hidden = false;
  draw();
})();
