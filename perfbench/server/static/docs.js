"use strict";
// Filters the operations while one types, and opens what the address names.
(() => {
  const field = document.getElementById("q");
  const found = document.getElementById("found");
  const operations = [...document.querySelectorAll("details.operation")];

  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const each of operations) {
      each.hidden = !words.every((word) => each.dataset.words.includes(word));
      count += !each.hidden;
    }
    for (const section of document.querySelectorAll("section.tag"))
      section.hidden = !section.querySelector("details:not([hidden])");
    found.textContent = words.length ? `${count} of ${operations.length}` : "";
  };

  const open = () => {
    const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (named instanceof HTMLDetailsElement) {
      named.open = true;
      named.scrollIntoView();
    }
  };

  field.addEventListener("input", filter);
  window.addEventListener("hashchange", open);
  open();
})();
