// A tray: select all, count and sum of what is selected. Without it the checkboxes and the button still work.
"use strict";

for (const form of document.querySelectorAll("form[data-batch]")) {
  const alls = form.querySelectorAll("[data-batch-all]");
  const boxes = [...form.querySelectorAll("input[name=items]:not(:disabled)")];
  const count = form.querySelector("[data-batch-count]");
  const sum = form.querySelector("[data-batch-sum]");
  const none = count ? count.textContent : "";
  const figure = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

  const show = () => {
    const chosen = boxes.filter((box) => box.checked);
    const fen = chosen.reduce((total, box) => total + Number(box.dataset.amount || 0), 0);
    for (const all of alls) {
      all.checked = chosen.length > 0 && chosen.length === boxes.length;
      all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    }
    if (count) count.textContent = chosen.length ? count.dataset.say.replace("%n", chosen.length) : none;
    if (sum) sum.textContent = fen ? sum.dataset.say.replace("%s", figure.format(fen / 100)) : "";
  };

  for (const all of alls) {
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      show();
    });
  }
  form.addEventListener("change", show);
  show();
}
