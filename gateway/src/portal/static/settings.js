// While a colour is chosen the whole page shows it, by the same style sheet that it will have.
const chosen = document.querySelector("input[type=color]");
const note = document.querySelector("[data-adjusted]");
const sheet = document.createElement("link");
sheet.rel = "stylesheet";
document.head.append(sheet);

const brand = () => getComputedStyle(document.documentElement).getPropertyValue("--brand").trim();
const tell = () => {
  note.textContent = brand() === chosen.value ? "" : note.dataset.adjusted.replace("#", brand());
};

sheet.addEventListener("load", tell);
chosen.addEventListener("input", () => {
  sheet.href = `/brand/${chosen.value.slice(1)}.css`;
});
