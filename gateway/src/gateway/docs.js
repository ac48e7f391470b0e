"use strict";
// The commands go to where the page came from.
for (const code of document.querySelectorAll("pre")) {
  code.textContent = code.textContent
    .replaceAll("https://portico.example", location.origin)
    .replaceAll("portico.example:443", location.host);
}

// The search leaves what has every word that is typed; the examples do not count, for they are all alike.
const field = document.querySelector("input");
const sections = [...document.querySelectorAll("section[id]")].map((section) => ({
  section,
  link: document.querySelector(`nav a[href="#${CSS.escape(section.id)}"]`).parentElement,
  words: [...section.children].filter((part) => part.tagName !== "PRE").map((part) => part.textContent)
    .join(" ").toLowerCase(),
}));
const elsewhere = [...document.querySelectorAll('nav li a[href^="/"]')].map((link) => link.parentElement);
field.parentElement.hidden = false;
field.addEventListener("input", () => {
  const typed = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const { section, link, words } of sections) {
    section.hidden = !typed.every((word) => words.includes(word));
    if (link) link.hidden = section.hidden;
    found += !section.hidden;
  }
  for (const link of elsewhere) link.hidden = typed.length > 0;
  for (const group of document.querySelectorAll(".group")) {
    group.hidden = !group.querySelector(":scope > section:not([hidden]), :scope > ul > li:not([hidden])");
  }
  document.querySelector("[role=status]").textContent =
    typed.length === 0 ? "" : found === 0 ? "Nothing has all of these words." : `${found} found`;
});
