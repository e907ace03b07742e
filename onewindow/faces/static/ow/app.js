/* OneWindow on every page. Everything here is a comfort: pages work without it. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  /* an error summary is read first */
  const focusErrors = () => $("[data-ow-errors]")?.focus();

  /* a link of the summary puts the cursor into its field */
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-ow-errors] a[href^='#']");
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });

  /* menus on <details> close by Escape and by a click elsewhere */
  document.addEventListener("click", (event) => {
    for (const menu of all("details[data-ow-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of all("details[data-ow-menu][open]")) { menu.open = false; $("summary", menu).focus(); }
  });

  /* what cannot be undone asks twice: <form data-ow-confirm="what it will do"> */
  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };
  const ask = (title, text, label) => new Promise((resolve) => {
    const dialog = element("dialog", "ow-dialog");
    const heading = element("h2", "", title);
    const body = element("p", "", text);
    heading.id = "ow-dialog-title";
    body.id = "ow-dialog-text";
    dialog.setAttribute("aria-labelledby", heading.id);
    dialog.setAttribute("aria-describedby", body.id);
    const row = element("div", "ow-actions");
    const no = element("button", "ow-btn", "先不办");
    const yes = element("button", "ow-btn ow-btn--primary", label);
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => dialog.close("yes"));
    row.append(no, yes);
    dialog.append(heading, body, row);
    dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue === "yes"); });
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
  const confirmed = new WeakSet();
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const source = event.submitter?.dataset.owConfirm ? event.submitter : form;
    const text = source.dataset.owConfirm;
    if (!text || confirmed.has(form)) { confirmed.delete(form); return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    const title = source.dataset.owConfirmTitle || "确定要这样做吗？";
    if (!(await ask(title, text, source.dataset.owConfirmLabel || "确定"))) { submitter?.focus(); return; }
    confirmed.add(form);
    form.requestSubmit(submitter?.form === form ? submitter : undefined);
  }, true);

  /* a form with unsaved words does not vanish by accident: <form data-ow-guard> */
  const changed = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-ow-guard]");
    if (form) changed.add(form);
  });
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented) changed.delete(event.target); });
  window.addEventListener("beforeunload", (event) => {
    for (const form of changed) if (!form.isConnected) changed.delete(form);
    if (changed.size) event.preventDefault();
  });

  /* one press, one submission */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.target === "_blank" || form.matches("[data-ow-again]")) return;
    setTimeout(() => { for (const button of all("button:not([type=button])", form)) { button.setAttribute("aria-busy", "true"); button.disabled = true; } });
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const button of all("button[aria-busy]")) { button.removeAttribute("aria-busy"); button.disabled = false; }
  });

  /* uploads show how far they are: <form data-ow-upload enctype="multipart/form-data"> */
  const progressOf = (form) => {
    let box = $(".ow-upload", form);
    if (!box) {
      box = element("div", "ow-upload");
      box.append(element("p", "ow-small ow-muted"), element("progress", "ow-upload__progress"));
      $("p", box).setAttribute("role", "status");
      $("progress", box).max = 100;
      $("progress", box).setAttribute("aria-label", "上传进度");
      form.append(box);
    }
    return { bar: $("progress", box), say: (text) => { $("p", box).textContent = text; } };
  };
  const release = (form) => { for (const button of all("button[aria-busy]", form)) { button.removeAttribute("aria-busy"); button.disabled = false; } };
  /* the answer to an upload was read once already: what it said must be said on the page that follows */
  const keepSaid = (text) => {
    const said = $("#ow-messages", new DOMParser().parseFromString(text, "text/html"));
    try { if (said?.children.length) sessionStorage.setItem("ow-said", said.innerHTML); } catch { /* said nowhere else */ }
  };
  const sayKept = () => {
    let said = null;
    try { said = sessionStorage.getItem("ow-said"); sessionStorage.removeItem("ow-said"); } catch { /* nothing was kept */ }
    const box = $("#ow-messages");
    if (said && box && !box.children.length) box.replaceChildren(...new DOMParser().parseFromString(said, "text/html").body.children);
  };
  sayKept();
  const showAnswer = (request, asked) => {
    if (request.responseURL && request.responseURL !== asked) { keepSaid(request.responseText); window.location.assign(request.responseURL); return; }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const fresh = $("main", page);
    if (!fresh) { window.location.reload(); return; }
    for (const part of [".desk-nav__body", ".desk-help"]) {
      const old = $(part), now = $(part, page);
      if (old && now) old.replaceWith(document.adoptNode(now));
    }
    $("main").replaceWith(document.adoptNode(fresh));
    document.title = page.title;
    focusErrors();
  };
  const send = (form, submitter) => {
    const { bar, say } = progressOf(form);
    const request = new XMLHttpRequest();
    const asked = new URL(submitter?.getAttribute("formaction") || form.getAttribute("action") || "", window.location.href).href;
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = Math.floor((100 * event.loaded) / event.total);
      say(bar.value < 100 ? `正在上传，已完成 ${bar.value}%` : "已传完，正在检查文件…");
    });
    request.addEventListener("load", () => showAnswer(request, asked));
    request.addEventListener("error", () => { say("没有传上去，请检查网络后再试一次。您选的文件还在。"); release(form); });
    request.open("POST", asked);
    request.send(new FormData(form, submitter));
    say("正在上传…");
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("[data-ow-upload]")) return;
    if (!all("input[type=file]", form).some((input) => input.files.length)) return;
    event.preventDefault();
    changed.delete(form);
    for (const button of all("button:not([type=button])", form)) { button.setAttribute("aria-busy", "true"); }
    send(form, event.submitter);
  });

  /* one key prints, and so does a button */
  document.addEventListener("click", (event) => { if (event.target.closest?.("button[data-ow-print]")) window.print(); });

  /* "copy" buttons: <button data-ow-copy="TEXT"> */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-ow-copy]");
    if (!button || !navigator.clipboard) return;
    await navigator.clipboard.writeText(button.dataset.owCopy);
    const live = $("#ow-messages");
    if (live) { const note = element("div", "ow-notice ow-notice--success", "已复制。"); live.replaceChildren(note); }
  });

  /* ticks of one's own list are kept in this browser: <ul data-ow-ticks="guide-123"> */
  for (const list of all("[data-ow-ticks]")) {
    const key = `ow-ticks:${list.dataset.owTicks}`;
    const boxes = all("input[type=checkbox]", list);
    let kept = [];
    try { kept = JSON.parse(localStorage.getItem(key)) || []; } catch { /* a private window keeps nothing */ }
    for (const box of boxes) if (kept.includes(box.value)) box.checked = true;
    list.addEventListener("change", () => {
      try { localStorage.setItem(key, JSON.stringify(boxes.filter((b) => b.checked).map((b) => b.value))); } catch { /* idem */ }
    });
  }

  focusErrors();
})();
