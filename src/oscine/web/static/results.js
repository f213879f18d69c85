// The list of posts that were found, its near-duplicates folded.

import { getPost, isAbort } from "./api.js";
import { el } from "./dom.js";
import { number } from "./format.js";
import { problem } from "./notice.js";
import { drawPost } from "./post-card.js";

/** @typedef {import("./api.js").Post} Post */

const BATCH = 10; // near-duplicates opened at once: a copied text may have hundreds

/**
 * @param {Post} post
 * @returns {HTMLElement} an item of the list
 */
export function drawResult(post) {
  const item = el("li", {}, drawPost(post));
  if (post.folded?.length) item.append(alike(post, post.folded));
  return item;
}

/** @param {Post} post @param {string[]} ids @returns {HTMLElement} a button that opens them */
function alike(post, ids) {
  const list = el("ol", { class: "alike", hidden: true, "aria-label": "Posts alike" });
  const button = el("button", { type: "button", class: "quiet", "aria-expanded": "false" });
  const rest = [...ids];
  const label = () => button.replaceChildren(list.hidden ? `+${number(ids.length)} alike` : rest.length ? `${number(rest.length)} more alike` : "Fold");

  const openSome = async () => {
    const batch = rest.splice(0, BATCH);
    const posts = await Promise.allSettled(batch.map((id) => getPost(id, post.network)));
    for (const result of posts) {
      if (result.status === "fulfilled") list.append(el("li", {}, drawPost(result.value)));
      else if (!isAbort(result.reason) && result.reason.status !== 404) list.append(el("li", {}, problem(result.reason)));
      // A 404 has been deleted since the search: nothing is left to show.
    }
  };

  button.addEventListener("click", async () => {
    if (!list.hidden && !rest.length) list.hidden = true;
    else {
      list.hidden = false;
      if (rest.length) {
        button.setAttribute("disabled", "");
        await openSome();
        button.removeAttribute("disabled");
      }
    }
    button.setAttribute("aria-expanded", String(!list.hidden));
    label();
  });
  label();
  return el("div", { class: "folds" }, button, list);
}
