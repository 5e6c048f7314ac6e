// The budget grid and the payment plans: lines, keyboard, cells pasted from a spreadsheet, sums while one types. Whole fen only.
"use strict";

(() => {
  // ---------------------------------------------------------------- amounts
  // As the server reads them: digits, thousands commas, at most two decimals. Anything else counts as nothing and is marked there.
  const PLAIN = /^(\d{1,3}(,\d{3})+|\d+)(\.\d{1,2})?$/;
  function fenOf(text) {
    const clean = (text || "").normalize("NFKC").trim().replace(/^[¥￥]\s*/, "");
    if (!PLAIN.test(clean)) return null;
    const [whole, part = ""] = clean.replaceAll(",", "").split(".");
    const fen = Number(whole) * 100 + Number(part.padEnd(2, "0"));
    return fen <= 1e13 ? fen : null;
  }
  const group = (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  function yuan(fen) {
    const whole = Math.trunc(Math.abs(fen) / 100);
    return `${fen < 0 ? "-" : ""}${group(String(whole))}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;
  }
  function wan(fen) {
    const part = String(fen % 1e6).padStart(6, "0").replace(/0+$/, "");
    return group(String(Math.trunc(fen / 1e6))) + (part ? `.${part}` : "");
  }

  // ---------------------------------------------------------------- sums
  const table = document.querySelector("table[data-grid]");
  const part = (line, name) => line.querySelector(`[name$=".${name}"]`);
  const lines = () => [...table.querySelectorAll("tbody[data-line]")];

  function recount() {
    if (table) recountLines();
    for (const output of document.querySelectorAll("[data-sum-of], [data-left-of]")) {
      const name = output.dataset.sumOf || output.dataset.leftOf;
      let sum = 0;
      for (const input of document.querySelectorAll("[data-add]")) {
        if (input.dataset.add.split(" ").includes(name)) sum += fenOf(input.value) || 0;
      }
      const shown = output.dataset.leftOf ? Number(output.dataset.should) - sum : sum;
      output.textContent = yuan(shown);
      if (output.dataset.leftOf) output.classList.toggle("mismatch", shown !== 0);
    }
  }

  function recountLines() {
    const sums = new Map([["*", 0]]);
    for (const line of lines()) {
      const fen = fenOf(part(line, "amount_fen").value) || 0;
      const category = part(line, "category").value;
      const known = document.querySelector(`[data-sum-row="${CSS.escape(category)}"]`) ? category : "";
      sums.set(known, (sums.get(known) || 0) + fen);
      sums.set("*", sums.get("*") + fen);
    }
    for (const row of document.querySelectorAll("[data-sum-row]")) {
      const fen = sums.get(row.dataset.sumRow) || 0;
      row.querySelector("[data-yuan]").textContent = yuan(fen);
      row.querySelector("[data-wan]").textContent = wan(fen);
      row.hidden = row.dataset.sumRow !== "*" && fen === 0;
    }
  }

  // Price × quantity gives the amount, unless another amount was written by hand.
  function multiply(line) {
    const price = fenOf(part(line, "unit_price_fen").value);
    const number = part(line, "quantity").value.normalize("NFKC").trim();
    const amount = part(line, "amount_fen");
    if (amount.value && amount.value !== amount.dataset.computed) return;
    if (price === null || !/^\d{1,7}$/.test(number)) return;
    amount.value = yuan(price * Number(number)).replace(/\.00$/, "");
    amount.dataset.computed = amount.value;
  }

  document.addEventListener("input", (event) => {
    const line = event.target.closest?.("tbody[data-line]");
    if (line && /\.(unit_price_fen|quantity)$/.test(event.target.name)) multiply(line);
    recount();
  });
  document.addEventListener("change", (event) => { if (event.target.matches("select")) recount(); });
  recount();
  if (!table) return;

  // ---------------------------------------------------------------- lines
  const template = document.querySelector("template[data-grid-row]");
  const changed = () => table.dispatchEvent(new Event("input", { bubbles: true }));

  function addLine() {
    const key = `b${Date.now().toString(36)}${Math.floor(Math.random() * 46656).toString(36)}`;
    const fresh = template.content.firstElementChild.cloneNode(true);
    for (const element of [fresh, ...fresh.querySelectorAll("*")]) {
      for (const attribute of [...element.attributes]) {
        if (attribute.value.includes("__key__")) element.setAttribute(attribute.name, attribute.value.replaceAll("__key__", key));
      }
    }
    table.append(fresh);
    return fresh;
  }

  const cells = (line) => [...line.querySelectorAll("td.edit")].map((cell) => cell.querySelector("input:not([type=hidden]), select, textarea"));

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-grid-add]")) {
      event.preventDefault();
      cells(addLine())[0].focus();
      changed();
    }
    const remove = event.target.closest("[data-grid-remove]");
    if (remove) {
      event.preventDefault();
      const line = remove.closest("tbody[data-line]");
      const next = line.nextElementSibling || (line.previousElementSibling?.matches("tbody") ? line.previousElementSibling : null);
      line.remove();
      (next?.querySelector("[data-grid-remove]") || document.querySelector("[data-grid-add]")).focus();
      changed();
    }
  });

  // Enter goes down (a new line after the last), the arrows go up and down.
  table.addEventListener("keydown", (event) => {
    const line = event.target.closest("tbody[data-line]");
    const isEnter = event.key === "Enter" && !event.shiftKey && !event.isComposing && !event.target.matches("textarea, button");
    const isArrow = ["ArrowUp", "ArrowDown"].includes(event.key) && event.target.matches("input");
    if (!line || (!isEnter && !isArrow)) return;
    event.preventDefault();
    const column = cells(line).indexOf(event.target);
    const all = lines();
    const place = all.indexOf(line) + (event.key === "ArrowUp" ? -1 : 1);
    if (place < 0 || (isArrow && place >= all.length)) return;
    const target = cells(all[place] || addLine())[Math.max(column, 0)];
    target.focus();
    target.select?.();
  });

  // ---------------------------------------------------------------- cells from a spreadsheet
  const folded = (word) => word.split(/[（(]/)[0].replace(/\s+/g, "").toLowerCase();

  function parse(text) {
    const rows = [[""]];
    let quoted = false;
    const source = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
    for (let at = 0; at < source.length; at += 1) {
      const row = rows[rows.length - 1];
      const character = source[at];
      if (quoted) {
        if (character !== '"') row[row.length - 1] += character;
        else if (source[at + 1] === '"') { row[row.length - 1] += '"'; at += 1; } else quoted = false;
      } else if (character === '"' && row[row.length - 1] === "") quoted = true;
      else if (character === "\t") row.push("");
      else if (character === "\n") rows.push([""]);
      else row[row.length - 1] += character;
    }
    return rows;
  }

  function fill(control, text) {
    const value = text.trim();
    if (!control) return;
    if (control.matches("select")) {
      const option = [...control.options].find((one) => one.value === value || folded(one.textContent) === folded(value));
      if (!option && value) control.add(new Option(value, value));
      control.value = option ? option.value : value;
    } else control.value = control.matches("textarea") ? text : value.replace(/\s*\n\s*/g, " ");
  }

  function columnsOf(row) {
    const headings = [...table.querySelectorAll("thead th")].map((one) => folded(one.textContent));
    const found = row.map((cell) => (cell.trim() ? headings.indexOf(folded(cell)) : -1));
    return found.filter((place) => place >= 0).length >= 2 ? found : null;
  }

  table.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    const line = event.target.closest("tbody[data-line]");
    if (!line || !(text.includes("\t") || (/\n./.test(text) && !event.target.matches("textarea")))) return;
    event.preventDefault();
    let pasted = parse(text);
    let first = Math.max(cells(line).indexOf(event.target), 0);
    const named = columnsOf(pasted[0]);
    if (named) { pasted = pasted.slice(1); first = 0; }
    let place = lines().indexOf(line);
    for (const row of pasted) {
      const controls = cells(lines()[place] || addLine());
      row.forEach((cell, column) => fill(controls[named ? named[column] : first + column], cell));
      place += 1;
    }
    changed();
    const said = document.getElementById("pasted-notice")?.content.firstElementChild.cloneNode(true);
    if (said) { table.after(said); setTimeout(() => said.remove(), 4000); }
  });
})();
