// What every page may use: appearance, disclosure menus, focus on errors, no double sending. Nothing here is needed to work.
"use strict";

(() => {
  const root = document.documentElement;

  // ---------------------------------------------------------------- appearance: as the system, light, dark
  const THEMES = ["auto", "light", "dark"];
  const present = () => root.dataset.bsTheme || "auto";
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    const label = button.querySelector("[data-theme-label]");
    const show = () => {
      label.textContent = button.dataset[present()];
      button.title = label.textContent;
    };
    button.hidden = false;
    button.addEventListener("click", () => {
      const next = THEMES[(THEMES.indexOf(present()) + 1) % THEMES.length];
      if (next === "auto") delete root.dataset.bsTheme;
      else root.dataset.bsTheme = next;
      const age = next === "auto" ? 0 : 31536000;
      document.cookie = `theme=${next};path=/;max-age=${age};samesite=lax`;
      show();
    });
    show();
  }

  // ---------------------------------------------------------------- menus close on Escape and on a click elsewhere
  const menus = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // ---------------------------------------------------------------- on a phone the navigation scrolls: show where one is
  const nav = document.querySelector(".nav-row");
  const here = nav && nav.querySelector("[aria-current]");
  if (here) nav.scrollLeft = here.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;

  // ---------------------------------------------------------------- the error summary is read first
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  // ---------------------------------------------------------------- notices can be put away
  for (const notice of document.querySelectorAll("[data-dismissible]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "close";
    button.textContent = "×";
    button.setAttribute("aria-label", notice.dataset.dismissible);
    button.addEventListener("click", () => notice.remove());
    notice.append(button);
  }

  // ---------------------------------------------------------------- a table that scrolls sideways takes the focus
  const reach = (wrap) => {
    if (wrap.scrollWidth <= wrap.clientWidth) return wrap.removeAttribute("tabindex");
    const caption = wrap.querySelector("caption");
    wrap.tabIndex = 0;
    if (!caption || wrap.hasAttribute("role")) return undefined;
    wrap.setAttribute("role", "region");
    return wrap.setAttribute("aria-label", caption.textContent.trim());
  };
  const watcher = new ResizeObserver((entries) => entries.forEach((entry) => reach(entry.target)));
  for (const wrap of document.querySelectorAll(".table-wrap")) watcher.observe(wrap);

  // ---------------------------------------------------------------- a form is sent once
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]") || event.defaultPrevented) return;
    if (form.dataset.busy) {
      event.preventDefault();
      return;
    }
    form.dataset.busy = "1";
    // An answer that is a download leaves the page as it is: let the person go on after a while.
    setTimeout(() => delete form.dataset.busy, 8000);
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-busy]")) delete form.dataset.busy;
  });

  // ---------------------------------------------------------------- a filter applies when it is chosen
  for (const select of document.querySelectorAll("form.filters select")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }

  // A partial that met an expired session: load the page, which asks to sign in and comes back.
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) location.reload();
  });
})();
