/* Keyboard work at the desk. Single keys never act while one is typing or an input method is composing. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const KEYS = [
    ["/", "到搜索框"],
    ["j 或 ↓", "列表里的下一件"],
    ["k 或 ↑", "列表里的上一件"],
    ["Enter", "打开这一件；在表单里提交"],
    ["]", "不回列表，直接看下一件"],
    ["[", "不回列表，直接看上一件"],
    ["p", "打印"],
    ["?", "看这张表"],
    ["Esc", "关闭菜单和对话框，离开输入框"],
  ];

  const typing = (node) => node?.closest?.("input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]");
  const rows = () => all("[data-ow-list] [data-ow-open]");
  const move = (step) => {
    const links = rows();
    if (!links.length) return false;
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
    links[next].focus();
    links[next].scrollIntoView({ block: "nearest" });
    return true;
  };
  const follow = (selector) => { const link = $(selector); if (link) link.click(); return Boolean(link); };
  const print = () => follow("a[data-ow-print]") || (window.print(), true);

  const showKeys = () => {
    if ($("dialog.ow-keys")) return true;
    const dialog = document.createElement("dialog");
    dialog.className = "ow-dialog ow-keys";
    dialog.setAttribute("aria-label", "快捷键");
    const heading = Object.assign(document.createElement("h2"), { textContent: "快捷键" });
    const list = Object.assign(document.createElement("dl"), { className: "ow-facts" });
    for (const [key, does] of KEYS) {
      const row = document.createElement("div");
      const dt = document.createElement("dt");
      dt.append(Object.assign(document.createElement("kbd"), { className: "ow-kbd", textContent: key }));
      row.append(dt, Object.assign(document.createElement("dd"), { textContent: does }));
      list.append(row);
    }
    const close = Object.assign(document.createElement("button"), { className: "ow-btn", textContent: "知道了", type: "button" });
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    dialog.append(heading, list, close);
    document.body.append(dialog);
    dialog.showModal();
    return true;
  };

  const arrows = () => document.activeElement?.matches("[data-ow-open]");
  const ACTIONS = {
    "/": () => { const box = $("[data-ow-search]"); box?.focus(); box?.select(); return Boolean(box); },
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => arrows() && move(1),
    ArrowUp: () => arrows() && move(-1),
    "]": () => follow("main a[rel=next]"),
    "[": () => follow("main a[rel=prev]"),
    p: print,
    "?": showKeys,
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.target)) { if (event.key === "Escape") event.target.blur(); return; }
    if ($("dialog[open]")) return;
    if (ACTIONS[event.key]?.()) event.preventDefault();
  });
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-ow-keys]")) showKeys(); });

  /* where one was in the list is where one comes back to */
  const list = $("[data-ow-list]");
  if (list) {
    const key = `ow-at:${window.location.pathname}`;
    const last = sessionStorage.getItem(key);
    const link = last && rows().find((row) => row.getAttribute("href") === last);
    if (link && document.activeElement === document.body) link.focus();
    list.addEventListener("click", (event) => {
      const opened = event.target.closest("[data-ow-open]");
      if (opened) sessionStorage.setItem(key, opened.getAttribute("href"));
    });
  }

  /* htmx: what was swapped in and failed is said, never silent */
  document.addEventListener("htmx:responseError", (event) => say(event.detail.xhr.status));
  document.addEventListener("htmx:sendError", () => say(0));
  const say = (status) => {
    const live = $("#ow-messages");
    if (!live) return;
    const text = status === 0 ? "没有连上服务器，请检查网络后再试。" : status === 403 ? "您不能做这一步。" : status === 412 ? "这一件刚被别人改过，请刷新后再办。" : "没有办成，请再试一次。";
    live.replaceChildren(Object.assign(document.createElement("div"), { className: "ow-notice ow-notice--error", textContent: text }));
    live.scrollIntoView({ block: "nearest" });
  };
})();
