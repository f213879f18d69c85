// The sentence by which a feed is steered, and how it was understood.

import { isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { steer, steering, whole } from "./feed-steering.js";
import { problem } from "./notice.js";

const LONGEST = 500; // characters

/** @returns {HTMLElement} */
export function drawSentence() {
  const box = /** @type {HTMLTextAreaElement} */ (
    el("textarea", { id: "sentence", "data-box": true, rows: 2, maxlength: LONGEST, required: true, dir: "auto", enterkeyhint: "go", placeholder: "fewer outrage posts, more gardening, in French" })
  );
  const reply = el("div", { class: "read", "aria-live": "polite" });
  const form = /** @type {HTMLFormElement} */ (el("form", { class: "sentence" }, el("label", { for: "sentence" }, "Say what you want"), box, el("button", { class: "primary" }, "Steer"), reply));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    read(box, reply);
  });
  return form;
}

/** @param {HTMLTextAreaElement} box @param {HTMLElement} reply */
async function read(box, reply) {
  const before = steering();
  try {
    const told = await send("POST", "/v1/feed/steering/read", { sentence: box.value.trim(), steering: before });
    if (told.understood?.length) {
      await steer(whole(told.steering));
      box.value = "";
    }
    reply.replaceChildren(...understood(told, () => undo(before, reply)));
  } catch (error) {
    if (!isAbort(error)) reply.replaceChildren(problem(/** @type {Error} */ (error)));
  }
}

/** @param {import("./feed-steering.js").Steering} before @param {HTMLElement} reply */
async function undo(before, reply) {
  try {
    await steer(before);
    reply.replaceChildren(el("p", {}, "As it was before."));
  } catch (error) {
    if (!isAbort(error)) reply.replaceChildren(problem(/** @type {Error} */ (error)));
  }
}

/**
 * @param {{understood?: {words: string, means: string}[], not_understood?: string[]}} told
 * @param {() => void} back
 * @returns {HTMLElement[]}
 */
function understood({ understood: read = [], not_understood: unread = [] }, back) {
  const items = read.map(({ words, means }) => el("li", {}, el("q", { dir: "auto" }, words), " ", el("b", { dir: "auto" }, means)));
  return [
    ...(items.length ? [el("ul", { "aria-label": "Understood as" }, ...items), el("button", { type: "button", class: "quiet", onclick: back }, "Undo")] : []),
    ...(unread.length ? [el("p", { class: "unread" }, "Not understood: ", ...unread.flatMap((words, at) => [at ? ", " : "", el("q", { dir: "auto" }, words)]))] : []),
    ...(items.length || unread.length ? [] : [el("p", { class: "unread" }, "Nothing was understood. Say what you want more or less of.")]),
  ];
}
