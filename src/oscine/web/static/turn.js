// One question and what became of it: an answer, an honest refusal, or an error.

import { isAbort } from "./api.js";
import { Answer } from "./answer.js";
import { chat } from "./chat.js";
import { byId, el } from "./dom.js";
import { count } from "./format.js";
import { problem } from "./notice.js";
import { drawPost } from "./post-card.js";
import { searchFor } from "./post-parts.js";

/**
 * @typedef {import("./chat.js").Message} Message
 * @typedef {import("./chat.js").Final} Final
 */

const REFUSAL = "The posts here do not say.";

/** A screen reader hears whole sentences, not the pieces they are streamed in. */
const say = (text) => byId("spoken").append(el("p", {}, text));

/** One question, drawn as it is answered. */
export class Turn {
  /** @param {number} place in the conversation @param {string} question @param {() => void} retry */
  constructor(place, question, retry) {
    this.place = place;
    this.question = question;
    this.retry = retry;
    this.answer = new Answer(place);
    this.state = el("p", { class: "state" }, "Looking in the posts…");
    this.element = el(
      "section",
      { class: "turn", "aria-labelledby": `question-${place}`, "aria-busy": "true" },
      el("h2", { class: "question", id: `question-${place}`, dir: "auto", tabindex: "-1" }, question),
      this.answer.element,
      this.state,
    );
  }

  /**
   * @param {Message[]} before the conversation up to this question
   * @param {AbortSignal} signal
   * @returns {Promise<Message[]|null>} the conversation with this turn; null when it failed and may be tried again
   */
  async run(before, signal) {
    const asked = [...before, { role: /** @type {const} */ ("user"), content: this.question }];
    const answered = (content) => (content ? [...asked, { role: /** @type {const} */ ("assistant"), content }] : null);
    byId("spoken").replaceChildren();
    try {
      for await (const event of chat(asked, signal)) {
        if (event.posts) this.#found(event.posts);
        if (event.text) this.answer.write(event.text);
        if (event.sentence) {
          this.answer.add(event.sentence);
          say(event.sentence.text);
        }
        if (event.final) {
          this.#finish(event.final);
          return answered(event.final.answer || this.answer.text || REFUSAL);
        }
      }
      return answered(this.answer.text);
    } catch (error) {
      if (isAbort(error)) {
        this.state.replaceChildren("Stopped.");
        return answered(this.answer.text);
      }
      this.state.replaceWith(problem(/** @type {Error} */ (error), this.retry));
      return null;
    } finally {
      this.element.setAttribute("aria-busy", "false");
      this.state.classList.add("done");
    }
  }

  /** @param {import("./api.js").Post[]} posts */
  #found(posts) {
    this.answer.learn(posts);
    this.state.replaceChildren(posts.length ? `Reading ${count(posts.length, "post")}…` : "Looking in the posts…");
  }

  /** @param {Final} final */
  #finish(final) {
    this.answer.learn(final.posts);
    if (final.refused) this.#refuse(final);
    else this.answer.settle(final.sentences, final.sides ?? []);
    this.state.replaceWith(this.#why(final));
  }

  /** @param {Final} final */
  #refuse(final) {
    const text = final.answer || REFUSAL;
    const posts = final.posts ?? [];
    say(text);
    this.answer.element.replaceWith(
      el("p", { class: "refusal", dir: "auto" }, text),
      ...(posts.length
        ? [el("h3", { class: "aside-heading" }, "The nearest posts"), el("div", { class: "nearest" }, ...posts.map((post) => drawPost(post)))]
        : []),
    );
  }

  /** @param {Final} final @returns {HTMLElement} which model, why, and what it looked for */
  #why(final) {
    const line = el("p", { class: "why" });
    if (final.model) line.append("Answered by ", el("b", {}, final.model), final.why ? `: ${final.why} ` : ". ");
    if (final.search) line.append("Searched for ", el("a", { href: searchFor(final.search), dir: "auto" }, final.search), ".");
    return line;
  }
}
