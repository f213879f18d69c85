// "Since you were away": what happened, each line with the posts that it rests on.

import { get, isAbort } from "./api.js";
import { citing } from "./cited.js";
import { el } from "./dom.js";
import { sent } from "./feed-steering.js";
import { moment } from "./format.js";
import { problem } from "./notice.js";

/** @param {HTMLElement} place */
export async function showAway(place) {
  place.replaceChildren(el("p", { class: "state" }, "Reading what you missed…"));
  try {
    const { since, lines = [], posts = [], lang } = await get("/v1/feed/catch-up", { steering: sent() });
    const draw = citing(posts);
    place.replaceChildren(
      ...(since ? [el("p", { class: "facts" }, `Since ${moment(since).short}`)] : []),
      ...(lines.length ? [el("ul", { lang }, ...lines.map((line) => el("li", {}, draw(line))))] : [el("p", {}, "You missed nothing that many talked about.")]));
  } catch (error) {
    if (!isAbort(error)) place.replaceChildren(problem(/** @type {Error} */ (error), () => showAway(place)));
  }
}
