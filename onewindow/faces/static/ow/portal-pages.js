/* Comforts of the public site: suggestions while typing, upload at once, saving while typing. Pages work without them. */
(() => {
  "use strict";

  /* search suggestions: a combobox over links the server renders */
  for (const form of document.querySelectorAll("form[data-portal-suggest]")) {
    const input = form.querySelector("input[type=search]");
    const list = document.createElement("ul");
    list.className = "portal-suggest";
    list.id = "portal-suggest";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "可能要办的事");
    list.hidden = true;
    form.append(list);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) input.setAttribute(name, value);
    let chosen = -1;
    let asked = "";
    let timer = 0;
    const options = () => [...list.children];
    const choose = (index) => {
      chosen = index;
      options().forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
      if (index >= 0) input.setAttribute("aria-activedescendant", options()[index].id);
      else input.removeAttribute("aria-activedescendant");
    };
    const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); choose(-1); };
    const ask = async () => {
      const words = input.value.trim();
      if (words === asked) return;
      asked = words;
      if (!words) { list.replaceChildren(); close(); return; }
      try {
        const answer = await fetch(`${form.dataset.portalSuggest}?q=${encodeURIComponent(words)}`);
        if (!answer.ok || asked !== words) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        list.replaceChildren(...page.querySelectorAll("li"));
        choose(-1);
        list.hidden = !list.children.length;
        input.setAttribute("aria-expanded", String(!list.hidden));
      } catch { close(); }
    };
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 160); });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || list.hidden) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        choose((chosen + step + options().length + (chosen < 0 && step < 0 ? 1 : 0)) % options().length);
      } else if (event.key === "Escape") { event.preventDefault(); close(); }
      else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); window.location.assign(options()[chosen].dataset.url); }
    });
    input.addEventListener("blur", () => setTimeout(close, 150));
    list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  /* a chosen file goes up at once */
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-portal-upload]");
    if (!form) return;
    const held = event.target.type === "checkbox" && event.target.checked;
    if (held || (event.target.type === "file" && event.target.files.length)) form.requestSubmit(form.querySelector("button[name=upload]"));
  });

  /* what is being typed is saved without waiting for the button */
  for (const form of document.querySelectorAll("form[data-portal-autosave]")) {
    let timer = 0;
    let sent = false;
    form.addEventListener("submit", () => { sent = true; clearTimeout(timer); });
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (sent) return;
        const data = new FormData(form);
        data.set("autosave", "1");
        fetch(form.action || window.location.href, { method: "POST", body: data, credentials: "same-origin" }).catch(() => {});
      }, 1200);
    });
  }
})();
