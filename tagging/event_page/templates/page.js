"use strict";
const light = (article, numbers) => {
  article.classList.toggle("lighting", numbers.length > 0);
  for (const part of article.querySelectorAll("[data-e]")) {
    part.classList.toggle("lit", part.dataset.e.split(" ").some((one) => numbers.includes(one)));
  }
};
const follow = (article, element) => {
  const part = element.closest("[data-e]");
  light(article, part ? part.dataset.e.split(" ") : []);
};
for (const article of document.querySelectorAll("article")) {
  for (const name of ["mouseover", "focusin"]) {
    article.addEventListener(name, (event) => follow(article, event.target));
  }
  for (const name of ["mouseleave", "focusout"]) {
    article.addEventListener(name, () => light(article, []));
  }
}
for (const card of document.querySelectorAll(".card")) {
  const keepInside = () => {
    card.style.translate = "";
    const over = card.getBoundingClientRect().right - document.documentElement.clientWidth + 8;
    if (over > 0) card.style.translate = `${-over}px 0`;
  };
  for (const name of ["mouseenter", "focus"]) card.parentElement.addEventListener(name, keepInside);
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.activeElement.blur();
});
const arrive = () => {
  const part = document.getElementById(location.hash.slice(1));
  if (part && part.closest("article")) follow(part.closest("article"), part);
};
window.addEventListener("hashchange", arrive);
arrive();
