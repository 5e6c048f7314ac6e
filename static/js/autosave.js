// Saves a draft while it is written. No text is lost: what the server hasn't acknowledged stays in this browser, a second
// version is shown beside one's own, and an ended session asks to sign in next to the text.
"use strict";

(() => {
  const QUIET_MS = 1200;
  const { saving } = window;
  const skipped = new Set(["csrfmiddlewaretoken", "revision", "add_row", "remove_row"]);

  class Autosave {
    constructor(form) {
      this.form = form;
      this.state = form.querySelector("[data-save-state]") || document.querySelector("[data-save-state]");
      this.words = this.state ? this.state.dataset : {};
      this.key = `draft:${document.body.dataset.user || ""}:${form.dataset.draftKey || location.pathname}`;
      this.change = 0; // counts edits
      this.sent = 0; // the last edit that the server has
      this.sending = false;
      this.failures = 0;
      this.seen = JSON.stringify(this.fields());
      form.addEventListener("input", () => this.edited());
      form.addEventListener("change", () => this.edited());
      form.addEventListener("submit", () => this.submitted());
      addEventListener("online", () => this.save());
      addEventListener("focus", () => { if (this.signedOut) this.save(); });
      addEventListener("beforeunload", (event) => { if (this.change > this.sent && !this.leaving) event.preventDefault(); });
      document.addEventListener("visibilitychange", () => { if (document.hidden) this.save(); });
      this.restore();
    }

    // ---------------------------------------------------------------- the form's text
    fields() {
      return saving.fields(this.form, skipped);
    }

    put(name, values) {
      for (const [index, control] of [...this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`)].entries()) {
        if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
        else if (control.type !== "file") control.value = values[Math.min(index, values.length - 1)] ?? "";
      }
    }

    // ---------------------------------------------------------------- this browser's copy
    keep(extra = {}) {
      saving.copy.put(this.key, { revision: this.form.dataset.revision, fields: this.fields(), ...extra });
    }

    forget() {
      saving.copy.drop(this.key);
    }

    restore() {
      const kept = saving.copy.take(this.key);
      if (!kept || !kept.fields) return;
      if (kept.submitted && kept.revision !== this.form.dataset.revision) return this.forget();
      const here = this.fields();
      const different = Object.keys(kept.fields).filter(
        (name) => this.form.elements.namedItem(name) && JSON.stringify(kept.fields[name]) !== JSON.stringify(here[name] || [""]),
      );
      if (!different.length) return this.forget();
      for (const name of different) this.put(name, kept.fields[name]);
      // Its own revision goes along, so that a version saved meanwhile is shown and not overwritten.
      this.form.dataset.revision = kept.revision;
      this.seen = JSON.stringify(this.fields());
      this.change += 1;
      this.show("unsaved", this.words.sayRestored);
      this.save();
    }

    // ---------------------------------------------------------------- saving
    edited() {
      const now = JSON.stringify(this.fields());
      if (now === this.seen) return;
      this.seen = now;
      this.change += 1;
      this.keep();
      if (this.choosing) return;
      this.show("unsaved");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), QUIET_MS);
    }

    submitted() {
      this.leaving = true;
      clearTimeout(this.timer);
      this.keep({ submitted: true });
    }

    async save() {
      if (this.sending || this.change === this.sent || this.leaving || this.choosing) return;
      clearTimeout(this.timer);
      const edit = this.change;
      this.sending = true;
      this.show("saving");
      try {
        await this.answered(await this.post(), edit);
      } catch {
        this.again("failed");
      } finally {
        this.sending = false;
      }
      if (this.change > edit && this.sent === edit) this.save();
    }

    post() {
      const body = new FormData();
      for (const [name, values] of Object.entries(this.fields())) for (const value of values) body.append(name, value);
      const token = saving.cookie("csrftoken") || this.form.querySelector("[name=csrfmiddlewaretoken]").value;
      const headers = { "X-Revision": this.form.dataset.revision, "X-CSRFToken": token, Accept: "application/json" };
      return fetch(this.form.dataset.autosaveUrl, { method: "POST", body, headers, credentials: "same-origin" });
    }

    async answered(response, edit) {
      if (response.status === 401 || response.redirected) return this.askToSignIn();
      const answer = await response.json().catch(() => ({}));
      if (response.ok) return this.acknowledged(answer, edit);
      if (response.status === 409) return this.conflict(answer, edit);
      if (response.status >= 500) return this.again("failed");
      return this.show("failed", [this.words.sayRefused, ...Object.values(answer.errors || {})].join(" "));
    }

    acknowledged(answer, edit) {
      this.failures = 0;
      this.signedOut = false;
      this.sent = edit;
      this.adopt(answer.revision);
      if (this.change === edit) this.forget();
      else this.keep();
      const panel = document.getElementById("findings");
      if (answer.findings_html && panel) panel.outerHTML = answer.findings_html;
      for (const [name, html] of Object.entries(answer.field_findings || {})) this.beside(name, html);
      this.show("saved", `${this.words.saySaved} ${saving.clock(answer.saved_at)}`);
    }

    adopt(revision) {
      this.form.dataset.revision = revision;
      const hidden = this.form.querySelector("[name=revision]");
      if (hidden) hidden.value = revision;
    }

    beside(name, html) {
      const field = document.getElementById(`field-${name}`);
      if (!field) return;
      field.querySelector("[data-findings]")?.remove();
      field.insertAdjacentHTML("beforeend", html);
    }

    again(state) {
      this.show(state);
      this.timer = setTimeout(() => this.save(), saving.wait(this.failures));
      this.failures += 1;
    }

    show(state, text) {
      if (this.state) saving.say(this.state, state, text || saving.word(this.state, state));
    }

    askToSignIn() {
      this.signedOut = true;
      this.show("signed-out");
      saving.askToSignIn(() => this.save());
    }

    // ---------------------------------------------------------------- somebody saved another version
    conflict(answer, edit) {
      const mine = this.fields();
      const theirs = answer.theirs || {};
      const names = Object.keys(theirs).filter((name) => name in mine && this.plain(theirs[name]) !== this.plain(mine[name]));
      if (!names.length) return this.acknowledged(answer, edit);
      this.show("conflict");
      this.choosing = true;
      const dialog = this.dialog(names, mine, theirs);
      dialog.querySelector("form").addEventListener("submit", () => {
        for (const name of names) {
          if (dialog.querySelector(`[name="${CSS.escape(`choice-${name}`)}"]:checked`).value === "theirs") this.put(name, [].concat(theirs[name]));
        }
        this.adopt(answer.revision);
        this.seen = JSON.stringify(this.fields());
        this.change += 1;
        this.keep();
        this.choosing = false;
        setTimeout(() => this.save());
      });
      dialog.addEventListener("close", () => { this.choosing = false; dialog.remove(); });
      document.body.append(dialog);
      dialog.showModal();
      return undefined;
    }

    plain(values) {
      return [].concat(values).join("\n").replace(/\r\n/g, "\n").trim();
    }

    dialog(names, mine, theirs) {
      const make = (tag, props = {}, ...children) => {
        const element = Object.assign(document.createElement(tag), props);
        element.append(...children);
        return element;
      };
      const side = (name, value, text, label) => {
        const radio = make("input", { type: "radio", name: `choice-${name}`, value, className: "form-check-input", checked: value === "mine" });
        const area = make("textarea", { readOnly: true, rows: 5, className: "form-control mt-2", value: text });
        area.setAttribute("aria-label", label);
        return make("div", {}, make("label", { className: "form-check" }, radio, ` ${label}`), area);
      };
      const rows = names.map((name) => {
        const control = this.form.querySelector(`[name="${CSS.escape(name)}"]`);
        const label = control && control.labels && control.labels[0] ? control.labels[0].firstChild.textContent.trim() : name;
        const sides = make("div", { className: "conflict" },
          side(name, "mine", this.plain(mine[name]), this.words.sayKeepMine),
          side(name, "theirs", this.plain(theirs[name]), this.words.sayTakeTheirs));
        return make("fieldset", { className: "group" }, make("legend", { textContent: label }), sides);
      });
      const title = make("h2", { id: "conflict-title", textContent: this.words.sayConflictTitle });
      const button = make("button", { className: "btn btn-primary", textContent: this.words.sayApply });
      const form = make("form", { method: "dialog" }, title, make("p", { textContent: this.words.sayConflictText }), ...rows, make("div", { className: "actions" }, button));
      const dialog = make("dialog", { className: "dialog" }, form);
      dialog.setAttribute("aria-labelledby", "conflict-title");
      return dialog;
    }
  }

  for (const form of document.querySelectorAll("form[data-autosave-url]")) form.autosave = new Autosave(form);
})();
