"use strict";
for (const article of document.querySelectorAll("article")) {
  const parts = [...article.querySelectorAll("[data-e]")];
  const light = (numbers) => {
    article.classList.toggle("lighting", numbers.length > 0);
    for (const part of parts) {
      part.classList.toggle("lit", part.dataset.e.split(" ").some((one) => numbers.includes(one)));
    }
  };
  const follow = (event) => {
    const part = event.target.closest("[data-e]");
    light(part ? part.dataset.e.split(" ") : []);
  };
  article.addEventListener("mouseover", follow);
  article.addEventListener("focusin", follow);
  article.addEventListener("mouseleave", () => light([]));
  article.addEventListener("focusout", () => light([]));
}
for (const span of document.querySelectorAll(".span")) {
  const card = span.querySelector(".card");
  const place = () => {
    card.style.translate = "";
    const over = card.getBoundingClientRect().right - document.documentElement.clientWidth + 8;
    if (over > 0) card.style.translate = `${-over}px 0`;
  };
  if (card) ["mouseenter", "focus"].forEach((name) => span.addEventListener(name, place));
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.activeElement.blur();
});
