// Takes a partner from the directory without leaving the page. Without it, the same buttons save and open the search page.
"use strict";

(() => {
  const template = document.getElementById("partner-dialog");
  if (!template || !document.querySelector("[data-rows=parties]")) return;
  let party = null;
  let dialog = null;
  let timer = 0;
  let asked = 0;

  const field = (name) => party.querySelector(`[name$=".${name}"]`);

  async function search(text) {
    const number = (asked += 1);
    const address = `${party.querySelector("[data-find]").dataset.find}?q=${encodeURIComponent(text)}`;
    const response = await fetch(address, { headers: { "X-Part": "results", Accept: "text/html" }, credentials: "same-origin" });
    if (number === asked && response.ok && !response.redirected) dialog.querySelector("[data-results]").innerHTML = await response.text();
  }

  function open(row) {
    party = row;
    document.body.append(template.content.cloneNode(true));
    dialog = document.body.lastElementChild;
    dialog.addEventListener("close", () => dialog.remove());
    const input = dialog.querySelector("[name=q]");
    dialog.querySelector("[data-partner-search]").addEventListener("submit", (event) => { event.preventDefault(); search(input.value); });
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => search(input.value), 250); });
    dialog.addEventListener("submit", (event) => {
      const taken = event.target.closest("[data-take]");
      if (!taken) return;
      event.preventDefault();
      take(taken.dataset);
    });
    dialog.showModal();
    input.focus();
  }

  function take(place) {
    field("institution_id").value = place.take;
    field("name_zh").value = place.zh;
    field("name_en").value = place.en;
    field("country").value = place.country;
    party.classList.toggle("is-member", "member" in place);
    know(true);
    dialog.close();
    field("role").focus();
  }

  function know(isKnown) {
    party.classList.toggle("is-known", isKnown);
    // The server takes these from the directory as well, whatever is sent.
    for (const name of ["name_zh", "name_en"]) field(name).readOnly = isKnown;
    field("country").disabled = isKnown;
    const name = field("name_zh").value || field("name_en").value;
    for (const place of party.querySelectorAll("[data-row-name]")) place.textContent = name ? `: ${name}` : "";
    party.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("click", (event) => {
    const find = event.target.closest("[data-find]");
    const unlink = event.target.closest("[data-unlink]");
    if (!find && !unlink) return;
    event.preventDefault();
    party = (find || unlink).closest("[data-party]");
    if (find) return void open(party);
    field("institution_id").value = "";
    know(false);
    field("name_zh").focus();
  });
})();
