// What a post answers, what it quotes, and what answers it.

import { get, getPost, isAbort } from "./api.js";
import { el } from "./dom.js";
import { note, problem } from "./notice.js";
import { drawPost } from "./post-card.js";

/** @typedef {import("./api.js").Post} Post */

const CLIMB = 5; // posts above this one; a longer thread is read from its own pages
const PAGE = 50;
const GONE = "has been deleted, or may not be seen by you.";

/** @param {Post} post @param {HTMLElement} place filled from below: the nearest first */
export async function showAbove(post, place) {
  let { reply_to: id } = post;
  for (let climbed = 0; id && climbed < CLIMB; climbed += 1) {
    const above = await fetched(id, post.network, "The post that this answers");
    place.prepend(above.element);
    id = above.post?.reply_to;
  }
}

/** @param {Post} post @param {HTMLElement} place */
export async function showQuoted(post, place) {
  if (!post.quote_of) return;
  const quoted = await fetched(post.quote_of, post.network, "The post that this quotes");
  place.append(el("h2", {}, "Quotes"), quoted.element);
}

/** @returns {Promise<{post?: Post, element: HTMLElement}>} */
async function fetched(id, network, what) {
  try {
    const post = await getPost(id, network);
    return { post, element: drawPost(post) };
  } catch (error) {
    return { element: error.status === 404 ? note(`${what} ${GONE}`) : problem(error) };
  }
}

/** @param {Post} post @param {HTMLElement} place */
export async function showReplies(post, place) {
  const list = el("ol", { class: "results", "aria-label": "Replies" });
  const more = el("button", { type: "button" }, "More replies");
  const id = /[\s"()]/.test(post.id) ? `"${post.id.replaceAll('"', "")}"` : post.id;
  let cursor = null;
  const next = async () => {
    more.setAttribute("disabled", "");
    try {
      const found = await get("/v1/search", { q: `conversation_id:${id}`, sort: "latest", limit: PAGE, cursor, fold: "false" });
      const replies = found.posts.filter((reply) => reply.id !== post.id);
      if (replies.length && !list.isConnected) place.append(el("h2", {}, "Replies"), list);
      list.append(...replies.map((reply) => el("li", {}, drawPost(reply))));
      cursor = found.cursor ?? null;
      if (cursor) place.append(more);
      else more.remove();
    } catch (error) {
      if (!isAbort(error)) place.append(problem(error));
    } finally {
      more.removeAttribute("disabled");
    }
  };
  more.addEventListener("click", next);
  await next();
}
