"use strict";
// Searches the documents that are shown, and opens everything for the printer.
for (const section of document.querySelectorAll("section.documents")) {
  const box = section.querySelector(".search");
  const input = box.querySelector("input");
  const output = box.querySelector("output");
  const rows = Array.from(section.querySelectorAll("details.document"), (row) => [row, row.textContent.toLowerCase()]);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      found += row.hidden ? 0 : 1;
    }
    const told = output.dataset.found.replace("{n}", found).replace("{m}", rows.length);
    output.textContent = words.length ? told : "";
  });
  box.hidden = false;
}
let closed = [];
addEventListener("beforeprint", () => {
  closed = Array.from(document.querySelectorAll("details:not([open])"));
  closed.forEach((row) => (row.open = true));
});
addEventListener("afterprint", () => closed.forEach((row) => (row.open = false)));
