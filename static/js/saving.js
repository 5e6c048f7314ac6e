// What the two pages that save while one writes share: the words of their state, this browser's copy, the way back after an
// ended session. Used by autosave.js (reviews, books: a choice for each field) and draft-save.js (applications: by page).
"use strict";

window.saving = (() => {
  const RETRY_MS = [3000, 10000, 30000];
  const cookie = (name) => (document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]*)`)) || [])[1] || "";

  return {
    cookie,

    /** Milliseconds to wait before the try after so many failed ones. */
    wait: (failures) => RETRY_MS[Math.min(failures, RETRY_MS.length - 1)],

    /** Name → values of the form's text fields, without files and without the names in `skipped`. */
    fields(form, skipped) {
      const found = {};
      for (const [name, value] of new FormData(form)) {
        if (typeof value === "string" && !skipped.has(name)) (found[name] ||= []).push(value);
      }
      return found;
    },

    /** The hour of an ISO time in Beijing; now without one. */
    clock(iso) {
      const options = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "Asia/Shanghai" };
      return new Intl.DateTimeFormat("en-GB", options).format(iso ? new Date(iso) : new Date());
    },

    /** The text of a state in the page's language: its data-say-… attribute. */
    word: (target, name) => target.dataset[`say${name.replace(/(^|-)(\w)/g, (_all, _dash, letter) => letter.toUpperCase())}`] || "",

    /** Show a state with its text; a text that stays the same is not announced again. */
    say(target, name, text) {
      target.dataset.state = name;
      const place = target.querySelector("[data-save-text]");
      if (place.textContent !== text) place.textContent = text;
    },

    /** This browser's copy of what the server hasn't acknowledged. Full or forbidden storage: the page itself still holds it. */
    copy: {
      put(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* see above */ } },
      drop(key) { try { localStorage.removeItem(key); } catch { /* see above */ } },
      take(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    },

    /** Ask to sign in beside the text, then call `again`. */
    askToSignIn(again) {
      const template = document.getElementById("relogin-dialog");
      if (!template || document.querySelector("dialog[data-relogin]")) return;
      document.body.append(template.content.cloneNode(true));
      const dialog = document.body.lastElementChild;
      dialog.dataset.relogin = "";
      dialog.addEventListener("close", () => dialog.remove());
      dialog.querySelector("[data-retry]").addEventListener("click", () => {
        dialog.close();
        // Signing in changes the token; the forms' own copies must follow for their normal submit.
        for (const input of document.querySelectorAll("[name=csrfmiddlewaretoken]")) input.value = cookie("csrftoken") || input.value;
        again();
      });
      dialog.showModal();
    },
  };
})();
