// The Ask page: one box, one conversation.

import "./shell.js";
import { byId } from "./dom.js";
import { showExamples } from "./examples.js";
import { Turn } from "./turn.js";

const form = /** @type {HTMLFormElement} */ (byId("ask"));
const box = /** @type {HTMLTextAreaElement} */ (byId("question"));
const button = byId("send");
const turns = byId("turns");
const again = byId("new-question");

/** @type {import("./chat.js").Message[]} */
let conversation = [];
/** @type {AbortController|null} while an answer is coming */
let coming = null;
let place = 0;

/** @param {string} question @param {Turn|null} [failed] the turn that this one tries again */
async function ask(question, failed = null) {
  const turn = new Turn(++place, question, () => coming ?? ask(question, turn));
  if (failed) failed.element.replaceWith(turn.element);
  else turns.append(turn.element);
  const mine = new AbortController();
  coming = mine;
  drawState();
  if (place > 1) turn.element.scrollIntoView({ block: "start" });
  const told = await turn.run(conversation, mine.signal);
  if (coming !== mine) return; // another question has taken over
  conversation = told ?? conversation;
  coming = null;
  drawState();
}

/** The box and its button say what they do now. */
function drawState() {
  const begun = place > 0;
  document.body.classList.toggle("begun", begun);
  button.textContent = coming ? "Stop" : "Ask";
  button.classList.toggle("stop", coming !== null);
  box.placeholder = begun ? "Ask a follow-up" : "Ask a question";
  again.hidden = !begun;
  grow();
}

/** @param {boolean} focus */
function restart(focus) {
  coming?.abort();
  coming = null;
  conversation = [];
  place = 0;
  turns.replaceChildren();
  const question = new URLSearchParams(location.search).get("q")?.trim() ?? "";
  document.title = question ? `${question} · Oscine` : "Oscine";
  box.value = "";
  drawState();
  if (question) ask(question);
  else {
    showExamples(byId("examples"), "questions", "/");
    // Not on a touch screen, where it would raise the keyboard over the page.
    if (focus && matchMedia("(pointer: fine)").matches) box.focus();
  }
}

/** The box is as tall as what is in it. */
function grow() {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (coming) return coming.abort();
  const question = box.value.trim();
  if (!question) return box.focus();
  if (place === 0) {
    history.pushState(null, "", `/?${new URLSearchParams({ q: question })}`);
    document.title = `${question} · Oscine`;
  }
  box.value = "";
  ask(question);
});

box.addEventListener("input", grow);
box.addEventListener("keydown", (event) => {
  // Enter asks; with Shift it breaks the line; while an input method is composing it belongs to that.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!coming) form.requestSubmit();
});

addEventListener("popstate", () => restart(true));
restart(true);
