// What may be done with one's posts: four questions, saved as they are answered, undone as easily. The page of one's account has them, and the page about oneself.

import { isAbort } from "./api.js";
import { el } from "./dom.js";
import { problem } from "./notice.js";

/** @typedef {{searchable: string|boolean, training: string, archive: string, bulk: string}} Consent */

const RULE = "You have not said it, so the operator's rule counts";
const QUESTIONS = /** @type {Record<string, {asks: string, allow: string, deny: string, unset: string}>} */ ({
  searchable: {
    asks: "They may be found by search", allow: "Search here finds them, and answers may cite them.",
    deny: "Search here finds none of them, and no answer cites them.", unset: "You have not said it: search finds them, and answers may cite them.",
  },
  training: {
    asks: "Teach a language model with my posts", allow: "Models that this network makes for itself, or continues, may learn from them.",
    deny: "No model learns from them from the next run on; training data that holds them is made again without them.", unset: `${RULE} for models that this network makes.`,
  },
  archive: {
    asks: "Keep my posts in public archives", allow: "Collections that outlive this network may hold them.",
    deny: "Who exports posts for an archive gets none of yours.", unset: `${RULE} for collections that outlive this network.`,
  },
  bulk: {
    asks: "Pass my posts on in bulk", allow: "Data sets given or sold to others, and streams, may hold them.",
    deny: "No export and no stream holds them, from this moment on.", unset: `${RULE} for exports and streams.`,
  },
});
const WORDS = /** @type {Record<string, string>} */ ({ allow: "Yes", deny: "No", unset: "I say nothing" });

/** @param {string|boolean|undefined} word @returns {string} */
const said = (word) => (typeof word === "boolean" ? (word ? "allow" : "deny") : word && word in WORDS ? word : "unset");

/**
 * @param {Partial<Consent>} consent
 * @param {(change: Record<string, any>) => Promise<any>} save
 * @returns {HTMLElement} a question that the server knows as yes or no, and no third, is asked so
 */
export function drawConsent(consent, save) {
  const state = el("span", { role: "status" });
  const undo = el("span", {});
  const trouble = el("div", {});
  const questions = Object.keys(QUESTIONS).map((name) => question(name, consent[name], (to, from) => keep(name, to, from)));
  const shown = Object.fromEntries(Object.keys(QUESTIONS).map((name, at) => [name, questions[at]]));
  const plain = (name, word) => (typeof consent[name] === "boolean" ? word === "allow" : word);
  let last = Promise.resolve(); // one change after another, as they were made

  /** @param {string} name @param {string} to @param {string} from */
  function keep(name, to, from) {
    last = last.then(async () => {
      trouble.replaceChildren();
      state.textContent = "Saving…";
      try {
        await save({ [name]: plain(name, to) });
        state.textContent = "Saved: it counts from now on.";
        undo.replaceChildren(el("button", { type: "button", class: "quiet", onclick: () => back(name, from, to) }, `Undo: ${QUESTIONS[name].asks}`));
      } catch (error) {
        state.textContent = "";
        shown[name].show(from);
        if (!isAbort(error)) trouble.replaceChildren(problem(/** @type {Error} */ (error)));
      }
    });
  }
  const back = (name, to, from) => {
    shown[name].show(to);
    undo.replaceChildren();
    shown[name].place.querySelector("input:checked")?.focus();
    keep(name, to, from);
  };
  return el("section", { class: "part", id: "choices", "aria-labelledby": "consent-title" }, el("h2", { id: "consent-title" }, "What may be done with your posts"),
    el("p", { class: "hint" }, "Saved as you answer. What you say last counts, here or on your network; on search, what you say here."),
    ...questions.map(({ place }) => place), el("p", { class: "kept-word" }, state, " ", undo), trouble);
}

/**
 * @param {string} name @param {string|boolean|undefined} word
 * @param {(to: string, from: string) => void} chosen
 * @returns {{place: HTMLElement, show: (word: string) => void}}
 */
function question(name, word, chosen) {
  const words = QUESTIONS[name];
  const follows = el("p", { class: "hint", id: `${name}-follows`, "aria-live": "polite" });
  let now = said(word);
  const inputs = Object.keys(WORDS).filter((value) => value !== "unset" || typeof word !== "boolean").map((value) =>
    /** @type {HTMLInputElement} */ (el("input", { type: "radio", name, value, checked: value === now })));
  const show = (to) => {
    now = to;
    for (const input of inputs) input.checked = input.value === to;
    follows.textContent = words[to];
  };
  const place = el("fieldset", { class: "choice", "aria-describedby": follows.id }, el("legend", {}, words.asks),
    el("div", { class: "ways" }, ...inputs.map((input) => el("label", {}, input, el("span", {}, WORDS[input.value])))), follows);
  place.addEventListener("change", ({ target }) => {
    const before = now;
    show(/** @type {HTMLInputElement} */ (target).value);
    chosen(now, before);
  });
  show(now);
  return { place, show };
}
