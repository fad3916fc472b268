"use strict";
/* Before a page with typed and unsaved values is left, the browser asks. Of the list only the rows' values count: what
   is ticked or chosen for a bulk action is no value. */

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("#changelist-form, #article_form");
  if (!form) return;
  const values = () =>
    [...new FormData(form)]
      .filter(([name]) => form.id === "article_form" || /^form-\d+-/.test(name))
      .map(([name, value]) => `${name}=${value.name ?? value}`) // of a file its name
      .join("\n");
  const before = values();
  let sent = false;
  document.addEventListener("submit", (event) => {
    // Filters and the search are forms of their own, which leave the values behind; an undo says so at its button.
    if (event.target === form || event.target.id === "undo-form") sent = !event.defaultPrevented;
  });
  window.addEventListener("pageshow", () => {
    sent = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sent && values() !== before) event.preventDefault();
  });
});
