// One answer: its sentences as they come, and beside each one the posts it stands on.
//
// Sentences come before sources in the document, so that the answer reads as prose on a phone and aloud; on a wide
// screen the grid in ask.css puts sentence n and its sources into row n (`--row`).

import { el } from "./dom.js";
import { pairUp } from "./pairing.js";
import { drawSides } from "./sides.js";
import { drawReference, drawSource, linkTo } from "./source.js";

/**
 * @typedef {import("./api.js").Post} Post
 * @typedef {import("./chat.js").Sentence} Sentence
 * @typedef {import("./chat.js").Side} Side
 */

/** How a sentence is shown: a language model's words apart from those of posts. */
const STAGES = new Set(["short", "sides", "quoted", "written"]);

/** The sentences and sources of one answer, drawn as they arrive. */
export class Answer {
  /** @param {number} turn its place in the conversation, which makes ids unique */
  constructor(turn) {
    this.turn = turn;
    /** @type {Map<string, Post>} */
    this.posts = new Map();
    /** @type {Map<string, number>} the number of each cited post */
    this.numbers = new Map();
    /** @type {Sentence[]} */
    this.drawn = [];
    this.rows = 0;
    this.sentences = el("div", { class: "sentences" });
    this.sources = el("div", { class: "sources" });
    this.coming = el("span", { class: "sentence coming", dir: "auto" });
    this.sides = el("ul", { class: "sides", "aria-label": "Who says what" });
    this.element = el("div", { class: "answer" }, this.sentences, this.sources);
    pairUp(this.element);
  }

  /** @param {Post[]} posts that sentences may cite */
  learn(posts) {
    for (const post of Array.isArray(posts) ? posts : []) this.posts.set(post.id, post);
  }

  /** @param {string} text the next piece of the sentence under way */
  write(text) {
    this.coming.append(text);
    place(this.coming, this.rows + 1);
    this.sentences.append(this.coming);
  }

  /** @param {Sentence} sentence complete, with what it stands on */
  add(sentence) {
    this.coming.remove();
    this.coming.replaceChildren();
    if (sentence.stage === "written" && this.drawn.at(-1)?.stage !== "written") this.#head("In more words");
    this.drawn.push(sentence);
    this.#draw(sentence);
  }

  /**
   * The whole answer, once the server has it: what came before is kept when it says the same.
   * @param {Sentence[]} sentences
   * @param {Side[]} [sides] where posts disagree
   */
  settle(sentences, sides = []) {
    this.coming.remove();
    const same = (a, b) => a?.text === b.text && String(a.posts ?? "") === String(b.posts ?? "") && a.stage === b.stage;
    const agrees = this.drawn.length <= sentences.length && this.drawn.every((sentence, i) => same(sentence, sentences[i]));
    if (!agrees) {
      this.drawn = [];
      this.rows = 0;
      this.numbers.clear();
      this.sentences.replaceChildren();
      this.sources.replaceChildren();
    }
    for (const sentence of sentences.slice(this.drawn.length)) this.add(sentence);
    this.sides.replaceChildren(...drawSides(sides, (id) => this.#reference(id)));
  }

  /** @returns {string} the text so far */
  get text() {
    return [...this.drawn.map((sentence) => sentence.text.trim()), this.coming.textContent ?? ""].join(" ").trim();
  }

  /** @param {string} id of a post @returns {HTMLElement} the way to it: beside its sentence if it is cited, else on its page */
  #reference(id) {
    const number = this.numbers.get(id);
    const post = this.posts.get(id);
    return number === undefined ? linkTo(post, id) : drawReference(number, post, `source-${this.turn}-${number}`);
  }

  /** @param {string} text */
  #head(text) {
    this.sentences.append(place(el("h3", { class: "aside-heading" }, text), ++this.rows));
  }

  /** @param {Sentence} sentence */
  #draw(sentence) {
    const row = ++this.rows;
    const own = `sentence-${this.turn}-${row}`;
    const beside = el("div", { class: "beside" });
    const again = el("p", { class: "again" }, "See above: ");
    const numbers = [];
    const references = [...new Set(sentence.posts ?? [])].map((id) => {
      const before = this.numbers.get(id);
      const number = before ?? this.numbers.size + 1;
      const anchor = `source-${this.turn}-${number}`;
      const post = this.posts.get(id);
      if (before === undefined) {
        this.numbers.set(id, number);
        beside.append(drawSource(post, id, number, { anchor, sentence: own }));
      } else again.append(drawReference(number, post, anchor));
      numbers.push(number);
      return drawReference(number, post, anchor);
    });
    if (again.childElementCount) beside.append(again);
    const text = el("span", { class: "words" }, sentence.text.trim());
    const isSides = sentence.stage === "sides";
    // A space between sentences, which flow as prose on a phone.
    this.sentences.append(
      place(
        el(
          isSides ? "div" : "span",
          { class: `sentence ${STAGES.has(sentence.stage ?? "") ? sentence.stage : "quoted"}`, id: own, dir: "auto", "data-cites": numbers.join(" ") },
          text,
          references.length ? el("span", { class: "refs" }, "\u202f", ...references) : null,
          isSides && this.sides,
        ),
        row,
      ),
      " ",
    );
    if (beside.childElementCount) this.sources.append(place(beside, row));
  }
}

/** @param {HTMLElement} element @param {number} row @returns {HTMLElement} */
function place(element, row) {
  element.style.setProperty("--row", String(row));
  return element;
}
