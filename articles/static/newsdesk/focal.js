"use strict";
/* The focal point of a story's picture: a click on the picture sets it, the numbers and the nine places follow each
   other, and the crop beside it shows what cards would show. Without this the form does the same at the next Save. */

document.addEventListener("DOMContentLoaded", () => {
  const field = document.querySelector(".focal");
  const frame = field && field.querySelector(".focal-frame");
  if (!frame) return;
  const whole = frame.querySelector("img");
  const crop = field.querySelector(".focal-crop");
  const mark = field.querySelector(".focal-mark");
  const [left, top] = field.querySelectorAll(".focal-numbers input");
  const places = [...field.querySelectorAll("[type=radio]")];
  const asShown = crop.getAttribute("src");
  const displayed = `${left.value},${top.value}`;

  const percent = (text) => (/^\d{1,3}$/.test(text.trim()) && Number(text) <= 100 ? Number(text) : null);

  /* How far a window of `share` of the picture, with the point in its middle, is from one edge towards the other: as
     the crops are cut, which never leave the picture. */
  const along = (point, share) =>
    share >= 1 ? 50 : Math.min(100, Math.max(0, ((point / 100 - share / 2) / (1 - share)) * 100));

  function show() {
    const [x, y] = [percent(left.value), percent(top.value)];
    mark.hidden = x === null || y === null;
    for (const place of places) place.checked = place.value === `${left.value.trim()},${top.value.trim()}`;
    if (`${left.value},${top.value}` === displayed) {
      crop.src = asShown; // the very file
      crop.style.objectPosition = "";
    } else if (whole.naturalWidth) {
      const ratio = (16 / 9) * (whole.naturalHeight / whole.naturalWidth);
      crop.src = crop.dataset.whole;
      crop.style.objectPosition = `${along(x ?? 50, ratio)}% ${along(y ?? 50, 1 / ratio)}%`;
    }
    if (mark.hidden) return;
    mark.style.left = `${x}%`;
    mark.style.top = `${y}%`;
  }

  function set(x, y) {
    left.value = x;
    top.value = y;
    show();
  }

  for (const input of [left, top]) input.addEventListener("input", show);
  for (const place of places) {
    place.addEventListener("change", () => set(...place.value.split(",")));
  }
  frame.addEventListener("click", (event) => {
    if (!event.detail) return; // a key: the place is meant
    const box = whole.getBoundingClientRect();
    const at = (place, start, length) => Math.min(100, Math.max(0, Math.round(((place - start) / length) * 100)));
    event.preventDefault(); // the place's own middle is not meant
    set(at(event.clientX, box.left, box.width), at(event.clientY, box.top, box.height));
  });
  show();
});
