"use strict";
/* Triage by keys: the next stories are on the page already, and what is decided goes out behind the editor's back. */

(() => {
  const page = document.getElementById("triage");
  if (!page) return;
  const form = document.getElementById("triage-form");
  const place = document.getElementById("triage-card");
  const said = document.getElementById("triage-said");
  const unsaved = document.getElementById("triage-unsaved");
  const help = document.getElementById("triage-help");
  const keys = document.getElementById("triage-keys");
  const doneShown = document.getElementById("triage-done");

  const STOCK = 7; // stories that are loaded ahead: more than a minute of a network that is gone
  const DONE_WORDS = { publish: "Published", unpublish: "Unpublished", bury: "Buried", keep: "Kept", take: "Follows upstream" };
  const { queue: queueName, filter } = page.dataset;
  const store = new TriageStore(`triage:${page.dataset.user}:${queueName}:${filter}`);

  let queue = []; // {id, html}: the first one is on the screen
  let cursor = page.dataset.cursor;
  let ended = page.dataset.end === "yes";
  let loading = false;
  let later = store.read("later", []); // ids of stories put off in this sitting
  let decided = store.read("decided", []); // ids of stories decided in it
  let made = store.read("made", []); // what can be undone, the last at the end
  let done = store.read("done", Number(page.dataset.done));
  let awaited = null; // key of the undo whose story is to come back
  let pressed = 0; // undos that wait for it
  let gathered = null; // the boost that + and - have come to, not decided yet
  let counter = 0;
  let hasFailed = false; // whether the editor has been told that something is unsaved

  // -- what is kept of a sitting

  function keep() {
    store.write("later", later);
    store.write("decided", decided.slice(-5000));
    store.write("made", made.slice(-100));
    store.write("done", done);
    doneShown.textContent = done;
  }

  function say(text) {
    said.textContent = text;
  }

  // -- the story on the screen

  function current() {
    return queue.length ? place.querySelector(".triage-card") : null;
  }

  function show({ focus = true } = {}) {
    gathered = null;
    const card = queue[0];
    if (card && later.includes(card.id)) {
      later = later.filter((id) => id !== card.id); // it was loaded for the end of the sitting, and that has come
      keep();
    }
    const nothing = areMore() || loading ? "" : document.getElementById("triage-empty").innerHTML;
    place.innerHTML = card ? card.html : nothing;
    for (const button of place.querySelectorAll(".triage-undo-button")) button.hidden = !made.length;
    const heading = document.getElementById("triage-title");
    if (focus && heading) heading.focus({ preventScroll: true });
    if (focus) window.scrollTo(0, 0);
    stockUp();
  }

  function next(announcement) {
    queue.shift();
    say(announcement);
    show();
  }

  function bringBack(card, atOnce) {
    queue = queue.filter((each, index) => each.id !== card.id || (index === 0 && !atOnce));
    later = later.filter((id) => id !== card.id);
    decided = decided.filter((id) => id !== card.id);
    if (atOnce || !queue.length) {
      queue.unshift(card);
      show();
    } else {
      queue.splice(1, 0, card); // never under the fingers of somebody who is about to press a key
    }
    keep();
  }

  // -- stories ahead

  function isNew(card) {
    return ![later, decided].some((ids) => ids.includes(card.id)) && !onHand(card.id);
  }

  function onHand(id) {
    return queue.some((card) => card.id === id) || outbox.has(id);
  }

  function areMore() {
    return !ended || later.some((id) => !onHand(id));
  }

  async function load(parameters) {
    const address = `${page.dataset.cards}?${new URLSearchParams({ queue: queueName, filter, ...parameters })}`;
    const response = await fetch(address, { redirect: "manual", headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(response.status);
    return response.json();
  }

  async function stockUp() {
    if (loading || queue.length > STOCK || !areMore()) return;
    loading = true;
    try {
      await more();
      loading = false;
    } catch {
      if (!queue.length) say("The next stories cannot be loaded; trying again.");
      await new Promise((resolve) => setTimeout(resolve, 2000));
      loading = false;
      return stockUp();
    }
    if (place.querySelector(".triage-card")) stockUp();
    else show();
  }

  async function more() {
    if (!ended) {
      const found = await load({ from: cursor });
      ended = found.end;
      cursor = found.cursor || cursor;
      take(found.cards.filter(isNew));
    } else {
      const again = later.filter((id) => !onHand(id)).slice(0, STOCK);
      const found = await load({ only: again.join(",") });
      const there = found.cards.map((card) => card.id);
      later = later.filter((id) => !again.includes(id) || there.includes(id));
      take(found.cards);
      keep();
    }
  }

  function take(cards) {
    queue.push(...cards);
    for (const card of cards) {
      const source = card.html.match(/<img src="([^"]+)"/);
      if (source) new Image().src = new DOMParser().parseFromString(source[1], "text/html").body.textContent;
    }
  }

  // -- decisions

  function decide(verb, extra = {}) {
    const card = current();
    if (!card || awaited) return;
    const { csrfmiddlewaretoken, ...fields } = Object.fromEntries(new FormData(form));
    Object.assign(fields, { do: verb }, extra);
    const key = `${Date.now()}-${(counter += 1)}`;
    const told = DONE_WORDS[verb] || `Heat ${fields.heat || ""}`.trim();
    decided.push(queue[0].id);
    made.push({ key, id: queue[0].id, card: queue[0], title: card.dataset.title });
    done += 1;
    keep();
    outbox.add({ key, fields, id: queue[0].id, card: queue[0], title: card.dataset.title });
    next(`${told}.`);
  }

  function act(verb) {
    const extra = gathered && ["publish", "unpublish"].includes(verb) ? { boost: gathered } : {};
    if (verb === "later") return putOff();
    if (verb.startsWith("heat")) return setHeat(verb);
    return decide(verb, extra);
  }

  function setHeat(verb) {
    const field = form.elements.heat;
    if (/^(-1|[0-9]{1,7})$/.test(field.value.trim())) return decide(verb);
    say("A heat is digits alone, 0 or more; −1 buries.");
    field.focus();
    field.select();
  }

  function putOff() {
    if (!current()) return;
    if (gathered) return say("Enter decides the heat that you gathered, Esc drops it.");
    const card = queue[0];
    later = [...later.filter((id) => id !== card.id), card.id];
    made.push({ later: true, id: card.id, card });
    keep();
    next("Later.");
  }

  function gather(step) {
    const card = current();
    if (!card || awaited) return;
    const upstream = Number(card.dataset.upstream);
    const heat = Number(card.dataset.heat);
    if (upstream < 0) return say("Upstream buries it: set a heat to dig it out.");
    const from = heat < 0 ? upstream : heat;
    const wanted = Math.max(0, (gathered === null ? from : upstream + gathered) + step);
    gathered = wanted === from && heat >= 0 ? null : wanted - upstream;
    showGathered(card, wanted);
  }

  function showGathered(card, wanted) {
    const decide = card.querySelector(".triage-decide");
    const amount = gathered === null ? "" : `${gathered < 0 ? "−" : "+"}${Math.abs(gathered)}`;
    const places = JSON.parse(card.dataset.places);
    const found = places.find(([, heat]) => heat <= wanted);
    const before = card.querySelector(".triage-place-number")?.textContent;
    decide.hidden = gathered === null;
    decide.querySelector("span").textContent = `Decide ${wanted}`;
    card.querySelector(".triage-gathered").textContent = amount && `→ ${wanted} (${amount})`;
    card.querySelector(".triage-place-gathered").textContent =
      !amount || !places.length || String(found?.[0]) === before ? "" : found ? `→ place ${found[0]}` : "→ behind place 25";
  }

  function drop() {
    if (!gathered) return;
    gathered = null;
    showGathered(current(), 0);
  }

  // -- undo

  function undo() {
    if (awaited) {
      pressed += 1; // one after the other: each brings its story back
      return;
    }
    const last = made.pop();
    if (!last) return say("There is nothing to undo in this sitting.");
    keep();
    if (last.later) {
      say("Back again.");
      return bringBack(last.card, true);
    }
    done -= 1;
    if (outbox.drop(last.key)) {
      say("Taken back before it was sent.");
      return bringBack(last.card, true);
    }
    const key = `undo-${last.key}`;
    const fields = { do: "undo", article: last.id, decisions: (last.decisions || []).join(",") };
    awaited = key;
    say("Undoing …");
    outbox.add({ key, undoes: last.key, fields, id: last.id, title: last.title });
  }

  // -- what the server says

  function onAnswer(entry, answer) {
    let again = false;
    // The undo has come; or its decision was refused, so that there is nothing left to undo.
    const atOnce = awaited === entry.key || (answer.problem && awaited === `undo-${entry.key}`);
    if (atOnce) {
      awaited = null;
      again = pressed > 0 && !answer.problem;
      pressed = again ? pressed - 1 : 0;
    }
    const own = made.find((each) => each.key === entry.key);
    if (own) own.decisions = answer.decisions;
    if (answer.problem) {
      if (own) done -= 1;
      made = made.filter((each) => each !== own);
      say(`“${entry.title}” comes back${atOnce || !queue.length ? "" : " next"}: ${answer.problem}`);
    } else if (entry.undoes) {
      say("Undone.");
    }
    if (answer.card) bringBack(answer.card, atOnce);
    else if (answer.problem) decided = decided.filter((id) => id !== entry.id);
    keep();
    if (again) undo();
  }

  function onState({ unsaved: count, failing, why }) {
    if (failing) {
      awaited = null; // it may take long: the story comes back when the network does
      pressed = 0;
    }
    let text = count ? "" : unsaved.textContent;
    if (failing && count) text = `${count} unsaved, trying again: ${why}.`;
    else if (hasFailed) text = count ? `${count} unsaved, sending.` : "All saved.";
    hasFailed = Boolean(count) && (failing || hasFailed);
    if (unsaved.textContent !== text) unsaved.textContent = text;
    page.dataset.unsaved = count;
    unsaved.classList.toggle("is-failing", Boolean(failing && count));
    document.title = failing && count ? `(${count} unsaved) Triage` : "Triage";
  }

  function token() {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/); // a new one after each sign-in
    return cookie ? cookie[1] : form.elements.csrfmiddlewaretoken.value;
  }

  const outbox = new TriageOutbox({ address: page.dataset.address, token, store, onAnswer, onState });

  // -- keys and buttons

  const KEYS = {
    p: () => act("publish"),
    u: () => act("unpublish"),
    b: () => act("bury"),
    k: () => place.querySelector("[value=keep]") && act("keep"),
    t: () => place.querySelector("[value=take]") && act("take"),
    "+": () => gather(10),
    "=": () => gather(10),
    "-": () => gather(-10),
    "−": () => gather(-10),
    Enter: () => gathered !== null && decide(`boost:${gathered}`),
    Escape: drop,
    h: () => form.elements.heat && (form.elements.heat.focus(), form.elements.heat.select()),
    o: () => place.querySelector(".triage-original")?.click(),
    l: putOff,
    " ": putOff,
    z: undo,
    "?": () => help.showModal(),
  };

  function isTyping(target) {
    return target.isContentEditable || (target.matches("input, select, textarea") && target.type !== "checkbox");
  }

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || help.open) return;
    if (target === form.elements.heat && key === "Escape") return document.getElementById("triage-title").focus();
    if (isTyping(target) || !keys.checked || !Object.hasOwn(KEYS, key)) return;
    // On a button or a link these two are its own.
    if ((key === " " || key === "Enter") && target.closest("a, button, summary, input")) return;
    if (event.repeat && !["+", "=", "-"].includes(key)) return; // a key that is held down decides one story
    event.preventDefault();
    KEYS[key]();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (!button) return;
    if (button.dataset.step) gather(Number(button.dataset.step));
    else act(button.value);
  });

  place.addEventListener("click", (event) => {
    if (event.target.closest(".triage-undo-button")) undo();
    if (event.target.closest(".triage-decide")) KEYS.Enter();
  });

  document.getElementById("triage-help-open").addEventListener("click", () => help.showModal());

  keys.addEventListener("change", () => {
    try {
      localStorage.setItem("triage:keys", keys.checked ? "on" : "off");
    } catch {
      // It holds for this page.
    }
    page.classList.toggle("without-keys", !keys.checked);
  });

  window.addEventListener("beforeunload", (event) => {
    if (outbox.size || gathered) event.preventDefault();
  });

  // -- begin

  try {
    keys.checked = localStorage.getItem("triage:keys") !== "off";
  } catch {
    keys.checked = true;
  }
  page.classList.add("with-script");
  page.classList.toggle("without-keys", !keys.checked);
  for (const each of page.querySelectorAll(".triage-keys-switch")) each.hidden = false;
  document.getElementById("triage-undo")?.remove();
  const first = place.querySelector(".triage-card");
  const shown = first ? [{ id: Number(first.dataset.id), html: place.innerHTML }] : [];
  for (const ahead of page.querySelectorAll("template.triage-ahead")) {
    shown.push({ id: Number(ahead.dataset.id), html: ahead.innerHTML });
  }
  const isAskedFor = new URLSearchParams(location.search).has("show");
  take(shown.filter((card, index) => (isAskedFor && index === 0) || isNew(card)));
  keep();
  if (outbox.size) outbox.pump();
  show({ focus: Boolean(shown.length && queue[0] !== shown[0]) });
})();
