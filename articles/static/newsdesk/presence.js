"use strict";
// Says every 20 seconds that this article's page is open, and shows who else has it open; says when it is left.
{
  const line = document.getElementById("presence");
  const token = document.querySelector("#article_form [name=csrfmiddlewaretoken]");
  let timer;

  function message(leaving) {
    const form = new FormData();
    form.append("csrfmiddlewaretoken", token.value);
    if (leaving) form.append("leave", "1");
    return form;
  }

  async function beat() {
    try {
      const answer = await fetch(line.dataset.address, { method: "POST", body: message(false) });
      const told = (await answer.json()).line;
      if (line.textContent.trim() !== told) line.textContent = told; // what has not changed is not read out again
    } catch {
      // No network, or signed out: the next one may get through, and Save says what is wrong.
    }
  }

  if (line && token) {
    // Also when the browser's Back shows the page again as it was left.
    addEventListener("pageshow", () => {
      clearInterval(timer);
      timer = setInterval(beat, 20000);
      beat();
    });
    addEventListener("pagehide", () => {
      clearInterval(timer);
      navigator.sendBeacon(line.dataset.address, message(true));
    });
  }
}
