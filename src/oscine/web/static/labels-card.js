// One label that waits for a person: the post with the words that the label rests on, the author's appeal, and the decision.

import { isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { problem } from "./notice.js";
import { pageOf } from "./post-parts.js";
import { chip } from "./post-labels.js";
import { drawText } from "./text.js";
import { timed } from "./time.js";

/** @typedef {{id?: number, network: string, post: string, label: string, words?: string, at?: string, text: string, author_handle: string, by?: string, probability?: number|null}} Waiting */

/** @param {Waiting} waiting @param {boolean} reads whether a machine tells reasons here @param {(card: HTMLElement, said: HTMLElement) => void} leave @returns {HTMLElement} */
export function drawCard(waiting, reads, leave) {
  const { label, post, network, author_handle: handle, text, words, at } = waiting;
  const quote = el("blockquote", { class: "text", dir: "auto" }, drawText(text));
  const said = el("div", { class: "decided", "aria-live": "polite" });
  const card = el("article", { class: "waiting", tabindex: "-1", "aria-label": `${label}: ${handle}` },
    el("p", { class: "hint" }, el("bdi", {}, `@${handle}`), ` on ${network} · `, timed(at), " · ", el("a", { href: pageOf({ id: post, network }) }, "the post")),
    chip({ label, by: waiting.by ?? "machine", probability: waiting.probability }),
    quote,
    words ? el("blockquote", { class: "appealed" }, el("p", { class: "hint" }, "The author appeals:"), el("p", { dir: "auto" }, words)) : null);
  card.append(decision(waiting, card, said, leave), said);
  if (reads) {
    onSight.set(card, () => mark(waiting, quote));
    read.observe(card);
  }
  return card;
}

/** @type {WeakMap<Element, () => Promise<void>>} what is looked up once a card is seen: reasons take the machine a moment each */
const onSight = new WeakMap();
const read = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    read.unobserve(target);
    last = last.then(onSight.get(target));
  }
});
let last = Promise.resolve();

/** @param {Waiting} waiting @param {HTMLElement} quote */
async function mark({ text, label }, quote) {
  try {
    const { results } = await send("POST", "/v1/labels", { texts: [text.slice(0, 10_000)], reason: label });
    const reason = results[0]?.reasons?.[label];
    if (reason) quote.replaceChildren(drawText(text, [[reason.start, reason.end]]));
  } catch {
    // the text stands there without a mark
  }
}

/** @param {Waiting} waiting @param {HTMLElement} card @param {HTMLElement} said @param {(card: HTMLElement, said: HTMLElement) => void} leave @returns {HTMLElement} */
function decision(waiting, card, said, leave) {
  const { label } = waiting;
  const why = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows: 2, maxlength: 500, required: true, dir: "auto", "aria-label": "Why" }));
  const submit = /** @type {HTMLButtonElement} */ (el("button", { class: "primary" }));
  const form = /** @type {HTMLFormElement} */ (el("form", { class: "deciding", hidden: true }, why, submit, el("button", { type: "button", onclick: () => choose("") }, "Not yet")));
  const offers = el("p", { class: "offers" },
    el("button", { type: "button", "data-action": "yes", onclick: () => choose("yes") }, `It is ${label}…`),
    el("button", { type: "button", "data-action": "no", onclick: () => choose("no") }, `It is not ${label}…`));
  /** @param {string} what */
  const choose = (what) => {
    form.hidden = !what;
    offers.hidden = Boolean(what);
    form.dataset.decision = what;
    submit.textContent = what === "no" ? `It is not ${label}` : `It is ${label}`;
    why.placeholder = "Why, for the author to read";
    (what ? why : card).focus();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const isSo = form.dataset.decision === "yes", words = why.value.trim();
    try {
      await decide(waiting, isSo, words);
      leave(card, el("p", { class: "decided", role: "status" }, isSo ? `✓ ${label}: ` : `✕ not ${label}: `, el("bdi", {}, `@${waiting.author_handle}`), ". ", el("q", { dir: "auto" }, words)));
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    if (event.key === "Escape") choose("");
    event.stopPropagation();
  });
  return el("div", {}, offers, form);
}

/** @param {Waiting} waiting @param {boolean} isSo @param {string} why @returns {Promise<any>} */
function decide({ id, post, network, label }, isSo, why) {
  if (id !== undefined) return send("POST", `/v1/labels/appeals/${id}`, { uphold: isSo, why });
  return send("POST", "/v1/labels/decisions", { post, network, label, is: isSo, why });
}
