// A wish made in passing, at a post or a proposal: whoever reads keeps their place, and it counts from the next posts on.

import { isAbort } from "./api.js";
import { el } from "./dom.js";
import { showAnew, steer, steering, wishes } from "./feed-steering.js";
import { about, amount } from "./feed-words.js";
import { problem } from "./notice.js";

/**
 * @param {import("./feed-steering.js").Wish} wished
 * @param {HTMLElement} place where it is told, and can be taken back
 */
export async function makeWish(wished, place) {
  const before = steering().wishes;
  const undo = async () => {
    if (await asking(() => steer({ wishes: before }, { anew: false }), place)) place.replaceChildren(el("p", { role: "status" }, "As it was before."));
  };
  if (!(await asking(() => steer({ wishes: wishes(wished) }, { anew: false }), place))) return;
  const said = amount(wished.weight);
  place.replaceChildren(
    el("p", { role: "status" }, `${said[0].toUpperCase()}${said.slice(1)}: `, el("bdi", {}, about(wished)), ". It counts from the next posts on."),
    el("p", { class: "offers" }, el("button", { type: "button", onclick: showAnew }, "Show the feed anew"), el("button", { type: "button", class: "quiet", onclick: undo }, "Undo")));
}

/** @param {() => Promise<void>} ask @param {HTMLElement} place @returns {Promise<boolean>} whether it was done */
async function asking(ask, place) {
  try {
    await ask();
    return true;
  } catch (error) {
    if (!isAbort(error)) place.append(problem(/** @type {Error} */ (error)));
    return false;
  }
}
