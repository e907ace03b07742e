/* Comforts of the desk's pages; everything works without them. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  document.documentElement.classList.add("js");

  /* a filter works as soon as it is chosen */
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-desk-auto]");
    if (form) form.requestSubmit();
  });

  /* Enter in the item box opens the first item listed for what is typed: whoever is faster than the list waits for it,
     and what was typed before the scripts were there is looked up as soon as they are */
  const box = $("[data-desk-pick] #item-q");
  if (box) {
    let listed = box.defaultValue, opening = false;
    const first = () => $("#item-list [data-ow-open]");
    const catchUp = () => { if (box.value !== listed) window.htmx.trigger(box, "catch-up"); };
    document.addEventListener("submit", (event) => {
      if (!event.target.matches("[data-desk-pick]") || event.submitter?.matches(":focus")) return;
      if (box.value === listed && !first()) return;
      event.preventDefault();
      if (box.value === listed) window.location.assign(first().href);
      else { opening = true; catchUp(); }
    });
    box.addEventListener("input", () => { opening = false; });
    document.addEventListener("htmx:afterSwap", (event) => {
      if (event.detail.target.id !== "item-list") return;
      listed = event.detail.requestConfig.parameters.q ?? "";
      if (!opening || box.value !== listed) return;
      opening = false;
      if (first()) window.location.assign(first().href);
    });
    window.addEventListener("DOMContentLoaded", catchUp);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || event.isComposing || event.target.id !== "item-q") return;
    const first = $("#item-list [data-ow-open]");
    if (first) { event.preventDefault(); first.focus(); }
  });

  /* everything is there: take all that has not been looked at */
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-desk-all]")) return;
    for (const set of all(".dw-status")) {
      if ($("input:checked", set)) continue;
      const held = $("input[value=held]", set);
      (held || $("input[value=ok]", set)).checked = true;
      const seen = $(".dw-check input", set.parentElement);
      if (!held && seen) seen.checked = true;
    }
    $("#do-accept")?.focus();
  });

  /* a fresh list of materials never overwrites what was chosen or typed while it was on its way */
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (target.id !== "materials-part") return;
    for (const fresh of all("[name]", fragment)) {
      const same = all(`[name="${CSS.escape(fresh.name)}"]`, target).find((one) => one.type !== "radio" || one.value === fresh.value);
      if (!same) continue;
      if (fresh.type === "file") fresh.replaceWith(same);
      else if (fresh.type === "radio" || fresh.type === "checkbox") fresh.checked = same.checked;
      else fresh.value = same.value;
    }
  });

  /* an organisation shows a credit code, a person an identity card */
  document.addEventListener("change", (event) => {
    if (event.target.name !== "applicant-kind") return;
    const type = $("[name=applicant-id_type]");
    if (!type) return;
    if (event.target.value === "legal") type.value = "uscc";
    else if (type.value === "uscc") type.value = "id_card";
  });

  /* the paper itself, where the browser can show it; the text stays one press away */
  if (navigator.pdfViewerEnabled && window.innerWidth > 760) {
    all("form[data-desk-preview]").forEach((form, n) => {
      const frame = document.createElement("iframe");
      const text = form.closest("section").querySelector(".dw-sheet");
      frame.name = `desk-preview-${n}`;
      frame.title = "文书版式";
      text.before(frame);
      const fold = document.createElement("details");
      const summary = document.createElement("summary");
      summary.textContent = "文字版";
      text.replaceWith(fold);
      fold.append(summary, text);
      form.target = frame.name;
      form.submit();
      form.target = "_blank";
    });
  }
})();
