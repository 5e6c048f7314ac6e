// Saves one page of an application while it is written, and keeps what stands around the fields true: progress, open points,
// remarks beside fields. What the server hasn't acknowledged stays in this browser; nothing is overwritten silently.
"use strict";

(() => {
  // On a phone the parts scroll sideways: show the present one.
  const rail = document.querySelector("#draft-rail .rail");
  const current = rail?.querySelector("[aria-current]");
  if (current) rail.scrollLeft = current.offsetLeft - (rail.clientWidth - current.offsetWidth) / 2;

  const form = document.querySelector("form[data-draft]");
  if (!form) return;

  const { saving } = window;
  const QUIET_MS = 900;
  const SKIPPED = new Set(["csrfmiddlewaretoken", "revision", "base", "pasted", "_kept_post"]);
  const key = `draft:${form.dataset.key}`;
  const state = form.querySelector("[data-save-state]");
  const hidden = (name) => form.querySelector(`input[name="${name}"]`);

  let edits = 0; // counted edits
  let saved = 0; // the last one that the server has
  let sending = null;
  let failures = 0;
  let timer = 0;
  let stopped = false; // a question stands on the page
  let leaving = false;

  // ---------------------------------------------------------------- the page's text
  const fields = () => saving.fields(form, SKIPPED);

  function say(what, more = "") {
    saving.say(state, ["handed-in", "refused"].includes(what) ? "failed" : what, `${saving.word(state, what)} ${more}`.trim());
  }

  // ---------------------------------------------------------------- this browser's copy
  const keep = (more = {}) =>
    saving.copy.put(key, { revision: hidden("revision").value, base: hidden("base").value, fields: fields(), ...more });
  const forget = () => saving.copy.drop(key);

  function offerKept() {
    const kept = saving.copy.take(key);
    if (!kept || !kept.fields) return;
    if (kept.submitted && kept.revision !== hidden("revision").value) return void forget();
    if (JSON.stringify(kept.fields) === JSON.stringify(fields())) return void forget();
    const notice = show("kept-notice");
    if (!notice) return;
    notice.querySelector("[data-drop]").addEventListener("click", () => { forget(); notice.remove(); });
    notice.querySelector("[data-restore]").addEventListener("click", () => { forget(); resend(kept); });
  }

  // The server shows the kept text in its page, or both versions when the page was changed meanwhile.
  function resend(kept) {
    const again = document.createElement("form");
    again.method = "post";
    again.action = form.dataset.action;
    const put = (name, value) => {
      const input = document.createElement("textarea");
      input.name = name;
      input.value = value;
      again.append(input);
    };
    put("csrfmiddlewaretoken", saving.cookie("csrftoken") || hidden("csrfmiddlewaretoken").value);
    put("revision", kept.revision);
    put("base", kept.base);
    for (const [name, values] of Object.entries(kept.fields)) for (const value of values) put(name, value);
    again.hidden = true;
    document.body.append(again);
    leaving = true;
    again.submit();
  }

  function show(name) {
    const template = document.getElementById(name);
    if (!template) return null;
    document.querySelector(`[data-from="${name}"]`)?.remove();
    const shown = template.content.firstElementChild.cloneNode(true);
    shown.dataset.from = name;
    form.before(shown);
    return shown;
  }

  // ---------------------------------------------------------------- saving
  function edited(event) {
    if (event.target.closest?.("[data-not-saved]")) return;
    edits += 1;
    keep();
    if (stopped) return;
    say("unsaved");
    clearTimeout(timer);
    timer = setTimeout(save, QUIET_MS);
  }

  const isDirty = () => edits > saved;

  function save() {
    if (sending) return sending.then(() => (isDirty() && !stopped ? save() : undefined));
    if (!isDirty() || stopped || leaving) return Promise.resolve();
    clearTimeout(timer);
    const edit = edits;
    say("saving");
    sending = send(edit).catch(() => again()).finally(() => { sending = null; });
    return sending.then(() => { if (isDirty() && saved === edit && !stopped) return save(); return undefined; });
  }

  async function send(edit) {
    const sent = fields();
    const body = JSON.stringify({
      revision: Number(hidden("revision").value), base: hidden("base").value, page: form.dataset.page, fields: sent,
    });
    const token = saving.cookie("csrftoken") || hidden("csrfmiddlewaretoken").value;
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token };
    const response = await fetch(form.dataset.url, { method: "PATCH", body, headers, credentials: "same-origin" });
    if (response.status === 401 || response.status === 403 || response.redirected) return askToSignIn();
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return acknowledged(answer, edit, sent);
    if (response.status === 409 && answer.code === "stale") return conflict();
    if (response.status === 409 || response.status === 404) { stopped = true; return say("handed-in"); }
    if (response.status >= 500) return again();
    return say("refused", (answer.findings || []).map((one) => one.message).join(" "));
  }

  function again() {
    say("failed");
    timer = setTimeout(save, saving.wait(failures));
    failures += 1;
  }

  // What others wrote on this page goes into its fields, but for those that are being written in; a field that goes on
  // showing what it had is merged at each save all the same.
  function takeOver(answer, sent) {
    const now = fields();
    let left = answer.has_other_rows;
    for (const [name, values] of Object.entries(answer.theirs || {})) {
      const controls = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
      const isBusy = controls.includes(document.activeElement) || JSON.stringify(now[name]) !== JSON.stringify(sent[name]);
      if (isBusy || !controls.length) { left = true; continue; }
      for (const control of controls) {
        if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
        else if (control.type !== "hidden" || controls.length === 1) control.value = values[0] ?? "";
      }
    }
    if (left) show("others-notice");
  }

  function acknowledged(answer, edit, sent) {
    failures = 0;
    saved = edit;
    hidden("revision").value = answer.revision;
    hidden("base").value = answer.base;
    takeOver(answer, sent);
    if (edits === edit) forget(); else keep();
    replace("findings", answer.findings_html);
    replace("draft-rail", answer.rail_html);
    if (answer.at) beside(answer.at, new Set(answer.invalid || []));
    const title = document.querySelector("[data-draft-title]");
    if (title && answer.title) title.textContent = answer.title.startsWith("#") ? title.dataset.untitled : answer.title;
    say("saved", saving.clock(answer.saved_at));
    form.dispatchEvent(new CustomEvent("draft:saved", { detail: answer }));
  }

  function replace(id, html) {
    const old = document.getElementById(id);
    if (!old || !html) return;
    const open = new Map([...old.querySelectorAll("details[data-group]")].map((one) => [one.dataset.group, one.open]));
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const scroll = old.querySelector(".rail")?.scrollLeft;
    old.outerHTML = html.trim();
    const fresh = document.getElementById(id);
    for (const one of fresh.querySelectorAll("details[data-group]")) {
      if (open.has(one.dataset.group)) one.open = open.get(one.dataset.group);
    }
    if (focused) [...fresh.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
    if (scroll) fresh.querySelector(".rail").scrollLeft = scroll;
  }

  function beside(at, invalid) {
    for (const slot of form.querySelectorAll("[data-at]")) {
      const html = (at[slot.dataset.at] || "").trim();
      if (slot.dataset.shown !== html) {
        slot.innerHTML = html;
        slot.dataset.shown = html;
      }
    }
    for (const field of form.querySelectorAll("[data-field]")) {
      const isWrong = invalid.has(field.dataset.field);
      field.classList.toggle("has-error", isWrong && field.classList.contains("field"));
      for (const input of field.querySelectorAll("input:not([type=hidden]), select, textarea")) {
        if (isWrong) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
      }
    }
  }

  // ---------------------------------------------------------------- questions to the writer
  function conflict() {
    stopped = true;
    say("conflict");
    const notice = show("conflict-notice");
    if (notice) notice.scrollIntoView({ block: "center" });
  }

  function askToSignIn() {
    say("signed-out");
    saving.askToSignIn(save);
  }

  // ---------------------------------------------------------------- events
  form.addEventListener("input", edited);
  form.addEventListener("change", (event) => { if (event.target.matches("select, [type=checkbox], [type=radio]")) edited(event); });
  form.addEventListener("submit", () => { leaving = true; clearTimeout(timer); keep({ submitted: true }); });
  addEventListener("online", () => save());
  addEventListener("focus", () => { if (state.dataset.state === "signed-out" && !document.querySelector("dialog[data-relogin]")) save(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
  addEventListener("beforeunload", (event) => { if (isDirty() && !leaving) event.preventDefault(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // Going on by a link waits for the text to be saved.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !isDirty() || stopped || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.target || link.origin !== location.origin || (link.pathname === location.pathname && link.hash)) return;
    event.preventDefault();
    save().then(() => { location.href = link.href; });
  });

  const handIn = document.querySelector("form[data-hand-in]");
  handIn?.addEventListener("submit", (event) => {
    if (!isDirty() || stopped) return;
    event.preventDefault();
    save().then(() => { if (!isDirty()) handIn.submit(); });
  });

  offerKept();
})();
