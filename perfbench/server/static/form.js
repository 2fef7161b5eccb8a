"use strict";
// The form of a new run: finding a setting, errors at their fields, copying.
(() => {
  const form = document.getElementById("form");
  const rows = [...form.querySelectorAll(".field")].map((row) => ({
    row, text: (row.dataset.name + " " + row.textContent).toLowerCase(),
  }));
  const groups = [...form.querySelectorAll("details")].map((group) => ({ group, open: group.open }));
  const find = document.getElementById("find");
  const found = document.getElementById("found");

  function filter() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { row, text } of rows) {
      row.hidden = !words.every((word) => text.includes(word) || text.replaceAll("_", " ").includes(word));
      count += row.hidden ? 0 : 1;
    }
    for (const each of groups) {
      each.group.hidden = !each.group.querySelector(".field:not([hidden])");
      each.group.open = words.length ? !each.group.hidden : each.open;
    }
    found.textContent = words.length ? count + (count === 1 ? " setting" : " settings") : "";
  }

  function show(row, text) {
    const error = row.querySelector(".error");
    error.textContent = text;
    error.hidden = !text;
    for (const input of row.querySelectorAll("[aria-describedby]")) {
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  }

  function place() {
    const wrong = new Map();
    for (const item of document.querySelectorAll("#beside [data-field]")) {
      if (!wrong.has(item.dataset.field)) {
        wrong.set(item.dataset.field, item.querySelector("span").textContent);
      }
    }
    for (const { row } of rows) show(row, wrong.get(row.dataset.name) || "");
    const count = document.querySelectorAll("#wrong li").length;
    const told = count ? count + (count === 1 ? " setting is wrong" : " settings are wrong") : "";
    const status = document.getElementById("told");
    if (status.textContent !== told) status.textContent = told;
    for (const button of document.querySelectorAll(".copy")) button.hidden = false;
  }

  // A link to a field opens what it is in.
  function reveal(event) {
    const link = event.target.closest('#beside a[href^="#"]');
    const input = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!input) return;
    event.preventDefault();
    find.value = "";
    filter();
    input.closest("details").open = true;
    input.focus();
  }

  async function copy(event) {
    const button = event.target.closest(".copy");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      getSelection().selectAllChildren(source);
      document.execCommand("copy");
    }
    document.getElementById("told").textContent = "Copied";
  }

  // Who has pressed a button is led to what is wrong, also where a look at the form comes between.
  let pressed = -Infinity;
  form.addEventListener("submit", () => { pressed = performance.now(); });
  document.addEventListener("htmx:after:swap", () => {
    place();
    const lost = document.activeElement === document.body || document.activeElement?.type === "submit";
    if (lost && performance.now() - pressed < 3000) document.getElementById("wrong")?.focus();
  });
  form.addEventListener("click", reveal);
  form.addEventListener("click", copy);
  find.addEventListener("input", filter);
  find.parentElement.hidden = false;
  filter();
  place();
})();
