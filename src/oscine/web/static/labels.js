// The operator's queue of labels: appeals of authors, and what the machine is least sure of. A decision takes one key and a reason.

import "./shell.js";
import { get, isAbort } from "./api.js";
import { byId, el } from "./dom.js";
import { count } from "./format.js";
import { drawCard } from "./labels-card.js";
import { note, problem } from "./notice.js";
import { section } from "./section.js";

const content = byId("content");

async function show() {
  try {
    const { model, appeals, uncertain } = await get("/v1/labels/queue");
    content.replaceChildren(
      list("appeals", "Appeals", appeals, "No author waits for a decision.", Boolean(model)),
      list("uncertain", "What the machine is not sure of", uncertain, "The machine is sure of what it read lately, or has read nothing.", Boolean(model)));
    cards()[0]?.focus({ preventScroll: true });
  } catch (error) {
    if (!isAbort(error)) content.replaceChildren(problem(/** @type {Error} */ (error), show));
  } finally {
    content.removeAttribute("aria-busy");
  }
}

/** @param {string} id @param {string} title @param {import("./labels-card.js").Waiting[]} waiting @param {string} none @param {boolean} reads whether a machine tells reasons here @returns {HTMLElement} */
function list(id, title, waiting, none, reads) {
  if (!waiting.length) return section(id, title, note(none));
  return section(id, title, el("p", { class: "hint" }, count(waiting.length, "label")), el("ol", { class: "queue" }, ...waiting.map((each) => el("li", {}, drawCard(each, reads, leave)))));
}

/** @param {HTMLElement} card that was decided @param {HTMLElement} said */
function leave(card, said) {
  const next = cards()[cards().indexOf(card) + 1] ?? cards()[cards().indexOf(card) - 1];
  card.replaceWith(said);
  if (next) next.focus();
  else content.append(note("Nothing waits for a person any more."));
}

const cards = () => /** @type {HTMLElement[]} */ ([...content.querySelectorAll("article.waiting")]);
const current = () => cards().find((each) => each.contains(document.activeElement));

/** @param {number} step */
function move(step) {
  const now = current();
  const next = cards()[now ? Math.min(Math.max(cards().indexOf(now) + step, 0), cards().length - 1) : 0];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** @param {string} action */
const press = (action) => /** @type {HTMLButtonElement|null|undefined} */ (current()?.querySelector(`[data-action=${action}]`))?.click();
const KEYS = { j: () => move(1), k: () => move(-1), y: () => press("yes"), n: () => press("no") };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS) || (event.target instanceof Element && event.target.closest("input, textarea, select"))) return;
  event.preventDefault();
  KEYS[event.key]();
});
show();
