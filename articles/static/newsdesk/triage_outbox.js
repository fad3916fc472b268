"use strict";
/* Decisions on their way to the server: one after the other, in their order, again and again until each is answered.

   What is not answered yet outlives a reload (session storage). That something is sent twice does no harm: the server
   knows a decision that it has had already (articles/admin/triage_answers.py). */

class TriageOutbox {
  static WAITS = [1, 2, 4, 8, 15]; // seconds between attempts
  static PATIENCE = 15000; // milliseconds until an attempt is given up

  constructor({ address, token, store, onAnswer, onState }) {
    Object.assign(this, { address, token, store, onAnswer, onState });
    this.entries = store.read("outbox", []);
    this.failures = 0;
    this.wake = null;
    window.addEventListener("online", () => this.hurry());
  }

  get size() {
    return this.entries.length;
  }

  has(id) {
    return this.entries.some((entry) => entry.id === id);
  }

  add(entry) {
    this.entries.push({ attempts: 0, ...entry });
    this.keep();
    this.tell();
    this.pump();
  }

  /* Take back what was never sent. Not what may have arrived though its answer did not: that is to be undone. */
  drop(key) {
    const place = this.entries.findIndex((entry) => entry.key === key && entry.attempts === 0);
    if (place < 0) return false;
    this.entries.splice(place, 1);
    this.keep();
    this.tell();
    return true;
  }

  hurry() {
    if (this.wake) this.wake();
  }

  async pump() {
    if (this.pumping) return;
    this.pumping = true;
    while (this.entries.length) {
      const entry = this.entries[0];
      entry.attempts += 1;
      this.keep();
      const { answer, why } = await this.send(entry);
      if (answer) {
        this.failures = 0;
        this.entries.shift();
        this.hand(entry, answer);
        this.keep();
        this.tell();
        this.onAnswer(entry, answer);
      } else {
        await this.rest(why);
      }
    }
    this.pumping = false;
  }

  /* An undo that waits behind its decision learns here which decisions to undo; where there are none it is dropped. */
  hand(entry, answer) {
    const waiting = this.entries.filter((each) => each.undoes === entry.key);
    for (const each of waiting) each.fields.decisions = (answer.decisions || []).join(",");
    if (answer.problem) this.entries = this.entries.filter((each) => !waiting.includes(each));
  }

  async send(entry) {
    try {
      const response = await fetch(this.address, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": this.token() },
        body: new URLSearchParams(entry.fields),
        redirect: "manual",
        keepalive: true,
        signal: AbortSignal.timeout(TriageOutbox.PATIENCE),
      });
      if (response.type === "opaqueredirect") return { why: "you are signed out; sign in in another tab" };
      const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
      if (isJson && response.status < 500) return { answer: await response.json() };
      if (response.status === 403) return { why: "the server refuses; sign in again in another tab" };
      return { why: `the server answers ${response.status}` };
    } catch {
      return { why: "the server cannot be reached" };
    }
  }

  async rest(why) {
    const seconds = TriageOutbox.WAITS[Math.min(this.failures, TriageOutbox.WAITS.length - 1)];
    this.failures += 1;
    this.tell(why);
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = null;
  }

  tell(why = "") {
    if (why) this.why = why;
    this.onState({ unsaved: this.entries.length, failing: this.failures > 0, why: this.why });
  }

  keep() {
    this.store.write("outbox", this.entries);
  }
}

/* Session storage under a name of its own; without any (a browser may forbid it) a sitting ends with its page. */
class TriageStore {
  constructor(name) {
    this.name = name;
  }

  read(key, otherwise) {
    try {
      return JSON.parse(sessionStorage.getItem(`${this.name}:${key}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  write(key, value) {
    try {
      sessionStorage.setItem(`${this.name}:${key}`, JSON.stringify(value));
    } catch {
      // It is still in memory.
    }
  }
}
