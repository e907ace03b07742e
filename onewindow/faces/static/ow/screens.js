/* The screens of a hall: ask twice a second whether anything changed, show it, say each call once.
   Without this the page is a plain one that loads itself anew every five seconds. */
(() => {
  "use strict";
  const root = document.querySelector("[data-ow-screen]");
  if (!root) return;
  const EVERY = 400, PATIENCE = 2500, LOST = 3000, SHOWN = 3000, QR = 60000;
  const $ = (selector, within = root) => within.querySelector(selector);
  const all = (selector, within = root) => [...within.querySelectorAll(selector)];
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const hide = (node, hidden) => { if (node) node.hidden = hidden; };
  const fill = (node, facts) => {
    for (const spot of all("[data-f]", node)) {
      const text = String(facts[spot.dataset.f] ?? "");
      if (spot.textContent !== text) spot.textContent = text;
      if ("len" in spot.dataset) spot.dataset.len = [...text].length;
    }
  };

  /* ---- time: the server's, whatever this machine believes ---- */
  let ahead = Number(root.dataset.now) - Date.now();
  const zone = { timeZone: "Asia/Shanghai" };
  const clock = new Intl.DateTimeFormat("zh-CN", { ...zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat("zh-CN", { ...zone, month: "long", day: "numeric" });
  const weekday = new Intl.DateTimeFormat("zh-CN", { ...zone, weekday: "long" });
  const tick = () => {
    const now = new Date(Date.now() + ahead);
    for (const one of all("[data-clock]")) one.textContent = clock.format(now);
    const dated = $("[data-day]");
    if (dated) dated.textContent = `${day.format(now)} ${weekday.format(now)}`;
  };

  /* ---- sound: browsers want one tap first; a kiosk browser may be started without that ---- */
  const button = $("[data-sound]");
  const speech = window.speechSynthesis;
  let audio = null, sounding = false;
  const sound = (on) => {
    sounding = on;
    if (!button) return;
    button.setAttribute("aria-pressed", String(on));
    $("span", button).textContent = on ? "语音已打开" : "打开语音叫号";
    const use = $("use", button);
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, on ? "#volume" : "#volume-off"));
  };
  const allow = async () => {
    const Context = window.AudioContext || window.webkitAudioContext;
    if (!Context) return false;
    audio ??= new Context();
    await Promise.race([audio.resume(), wait(300)]);
    return audio.state === "running";
  };
  const chime = async () => {
    const start = audio.currentTime;
    for (const [tone, from] of [[880, 0], [659.3, 0.35]]) {
      const voice = audio.createOscillator(), loud = audio.createGain();
      voice.frequency.value = tone;
      loud.gain.setValueAtTime(0.0001, start + from);
      loud.gain.exponentialRampToValueAtTime(0.4, start + from + 0.02);
      loud.gain.exponentialRampToValueAtTime(0.0001, start + from + 0.7);
      voice.connect(loud).connect(audio.destination);
      voice.start(start + from);
      voice.stop(start + from + 0.75);
    }
    await wait(900);
  };
  /* Some browsers never say that they have finished: nobody waits longer than the sentence can take. */
  const speak = (words) => new Promise((done) => {
    if (!speech) { done(); return; }
    const said = new SpeechSynthesisUtterance(words);
    said.lang = "zh-CN";
    said.rate = 0.9;
    said.voice = speech.getVoices().find((voice) => /^zh([-_]CN)?/i.test(voice.lang)) || null;
    said.onend = said.onerror = done;
    setTimeout(done, 2500 + words.length * 260);
    speech.speak(said);
  });
  button?.addEventListener("click", async () => {
    if (sounding) { speech?.cancel(); sound(false); return; }
    await allow();
    sound(true);
    if (audio) chime();
  });

  /* ---- calls: each is announced once, one after the other ---- */
  const spot = $("[data-spot]"), code = $("[data-qr-image]");
  const due = [];
  let latest = null, heard = 0, busy = false;
  const blink = (node) => {
    node.classList.remove("is-new");
    void node.offsetWidth;
    node.classList.add("is-new");
  };
  const paint = (call) => {
    const state = call ? (call.open ? "called" : "past") : latest.open ? "none" : "closed";
    const shown = Boolean(call) && (call.open || latest.open);
    spot.dataset.state = shown || !call ? state : "closed";
    hide($("[data-spot-call]"), !shown);
    hide($("[data-spot-none]"), shown || !latest.open);
    hide($("[data-spot-closed]"), shown || latest.open);
    if (shown) fill(spot, { ...call, lead: call.open ? "请" : "刚才叫到", to: call.open ? "到" : call.label });
  };
  const announce = async () => {
    if (busy) return;
    busy = true;
    while (due.length) {
      const seq = due.shift();
      const call = latest.now_calling.find((one) => one.seq === seq);
      if (!call) continue; /* already at the window, or missed: nobody is to be sent there any more */
      paint(call);
      blink(spot);
      const shown = wait(SHOWN);
      if (sounding) {
        if (audio?.state === "running") await chime();
        await speak(call.say);
      }
      if (due.length) await shown;
    }
    busy = false;
    paint(latest.now_calling[0] || latest.calls[0]);
  };

  const rows = (list, template, facts, dress) => {
    const held = all("li", list);
    facts.forEach((fact, place) => {
      const row = held[place] || list.appendChild(template.content.firstElementChild.cloneNode(true));
      fill(row, fact);
      dress?.(row, fact);
    });
    held.slice(facts.length).forEach((row) => row.remove());
  };
  const showHall = (state, first) => {
    rows($("[data-calls]"), $("[data-call-row]"), state.calls, (row, call) => { row.dataset.state = call.state; });
    rows($("[data-lines]"), $("[data-line-row]"), state.queues.filter((line) => line.shown));
    hide($("[data-no-calls]"), state.calls.length > 0);
    hide($("[data-no-lines]"), state.queues.length > 0);
    hide($("[data-notice]"), !state.notice);
    hide($("[data-qr-box]"), !state.open);
    root.classList.toggle("screen--with-qr", Boolean(code) && state.open);
    const fresh = state.now_calling.filter((call) => call.seq > heard).map((call) => call.seq).sort((a, b) => a - b);
    heard = Math.max(heard, ...state.calls.map((call) => call.seq), ...state.now_calling.map((call) => call.seq));
    if (!first) due.push(...fresh);
    if (!busy) (due.length ? announce() : paint(state.now_calling[0] || state.calls[0]));
  };

  /* ---- the window's own screen ---- */
  const plate = $("[data-plate]");
  const showWindow = (state, first) => {
    const mine = state.windows.find((one) => one.code === root.dataset.window);
    if (!mine) { location.reload(); return; }
    const call = state.now_calling.find((one) => one.window === mine.code);
    const called = call && call.seq > heard;
    heard = Math.max(heard, call ? call.seq : 0);
    fill(root, mine);
    plate.dataset.state = mine.state;
    hide($("[data-f=number]"), !mine.number);
    hide($("[data-person]"), !mine.person);
    hide($("[data-next]"), mine.state !== "closed" || state.open);
    if (called && !first) blink(plate);
  };

  const show = (state) => {
    if (latest && state.read_at < latest.read_at) return;
    if (state.release !== root.dataset.release && !reloaded()) { location.reload(); return; }
    const first = latest === null;
    latest = state;
    root.dataset.version = state.version;
    for (const one of all("[data-s]")) one.textContent = state[one.dataset.s] ?? "";
    (plate ? showWindow : showHall)(state, first);
  };
  /* a newer program asks for a newer page, once */
  const reloaded = () => {
    const key = "ow-screen-release", before = sessionStorage.getItem(key);
    sessionStorage.setItem(key, root.dataset.release);
    return before === root.dataset.release;
  };

  /* ---- asking ---- */
  let answered = performance.now();
  const ask = async () => {
    const given = new AbortController();
    const late = setTimeout(() => given.abort(), PATIENCE);
    try {
      const known = latest ? `?v=${latest.version}` : "";
      const answer = await fetch(root.dataset.feed + known, { cache: "no-store", credentials: "omit", signal: given.signal });
      if (answer.status === 404) location.reload();
      if (!answer.ok) return;
      const told = Number(answer.headers.get("Server-Time"));
      if (told) ahead = told - Date.now();
      if (answer.status === 200) show(await answer.json());
      answered = performance.now();
    } catch { /* the mark for a lost connection says it */ } finally { clearTimeout(late); }
  };
  const round = async () => {
    const began = performance.now();
    await ask();
    setTimeout(round, Math.max(100, EVERY - (performance.now() - began)));
  };
  setInterval(() => { hide($("[data-lost]"), performance.now() - answered < LOST); tick(); }, 500);

  /* ---- what a wall wants: a code that is fresh, a screen that does not sleep ---- */
  if (code) setInterval(() => { code.src = `${root.dataset.qr}?${Date.now()}`; }, QR);
  const awake = () => { if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {}); };
  document.addEventListener("visibilitychange", awake);
  awake();

  if (button) {
    hide(button, false);
    allow().then((running) => sound(running)).catch(() => {});
  }
  setTimeout(round, Math.random() * EVERY); /* so that 200 screens do not ask in step */
})();
