// Tables of rows: add and remove in place, and sums that follow the typing. Without it, the same buttons submit the form.
"use strict";

(() => {
  const changed = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));

  // ---------------------------------------------------------------- rows
  const newKey = () => `n${Date.now().toString(36)}${Math.floor(Math.random() * 1296).toString(36)}`;

  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-row]");
    if (add) addRow(event, add);
    const remove = event.target.closest("[data-remove-row]");
    if (remove) removeRow(event, remove);
  });

  function addRow(event, button) {
    const name = button.dataset.addRow;
    const template = document.querySelector(`template[data-row-template="${name}"]`);
    const holder = document.querySelector(`[data-rows="${name}"]`);
    if (!template || !holder) return;
    event.preventDefault();
    const body = holder.tagName === "TABLE" ? holder.tBodies[0] : holder;
    const key = newKey();
    const fresh = template.content.cloneNode(true);
    for (const element of fresh.querySelectorAll("*")) {
      for (const attribute of [...element.attributes]) {
        if (attribute.value.includes("__key__")) element.setAttribute(attribute.name, attribute.value.replaceAll("__key__", key));
      }
    }
    const row = fresh.firstElementChild;
    body.append(fresh);
    const first = row.querySelector("input:not([type=hidden]), select, textarea");
    if (first) first.focus();
    changed(body);
  }

  function removeRow(event, button) {
    const row = button.closest(".row-item");
    const holder = button.closest("[data-rows]");
    if (!row || !holder) return;
    event.preventDefault();
    const neighbour = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    const next = neighbour && neighbour.querySelector("[data-remove-row]");
    const add = document.querySelector(`[data-add-row="${holder.dataset.rows}"]`);
    (next || add || holder).focus();
    changed(holder);
    recount();
  }

  // ---------------------------------------------------------------- sums, in whole fen
  const figure = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const fenOf = (text) => {
    const clean = text.replace(/[,，\s¥￥]/g, "");
    return /^\d+(\.\d{1,2})?$/.test(clean) ? Math.round(Number(clean) * 100) : 0;
  };

  function recount() {
    for (const output of document.querySelectorAll("[data-sum-out]")) {
      let fen = 0;
      for (const input of document.querySelectorAll("[data-sum-in]")) {
        if (input.dataset.sumIn.split(" ").includes(output.dataset.sumOut)) fen += fenOf(input.value);
      }
      output.textContent = figure.format(fen / 100);
      const should = output.dataset.sumShould;
      if (should !== undefined) output.classList.toggle("mismatch", Number(should) !== fen);
    }
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches && event.target.matches("[data-sum-in]")) recount();
  });
  if (document.querySelector("[data-sum-out]")) recount();
})();
