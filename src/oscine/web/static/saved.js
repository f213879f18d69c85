// Saved searches: keeping one, and the list of them with what is new.

import { get, send } from "./api.js";
import { el } from "./dom.js";
import { count } from "./format.js";
import { problem } from "./notice.js";
import { drawPost } from "./post-card.js";
import { searchFor } from "./post-parts.js";

/** @typedef {{id: number, name: string, query: string, new: number, more: boolean}} Saved */

const LONGEST = 100; // characters of a name
const MOST = 100; // new posts that the server counts and lists

/**
 * A form that names a search and saves it.
 * @param {HTMLElement} place
 * @param {string} query in operators, as it is kept
 */
export function showSaveForm(place, query) {
  const opener = /** @type {HTMLElement|null} */ (document.activeElement);
  const close = () => {
    place.replaceChildren();
    opener?.focus();
  };
  const input = /** @type {HTMLInputElement} */ (
    el("input", { id: "save-name", required: true, maxlength: LONGEST, autocomplete: "off", value: query.slice(0, LONGEST), dir: "auto" })
  );
  const form = el(
    "form",
    { class: "save-form", "aria-label": "Save this search" },
    el("label", { for: "save-name" }, "Name"),
    input,
    el("button", { class: "primary" }, "Save"),
    el("button", { type: "button", onclick: close }, "Cancel"),
    el("p", { class: "facts" }, "Keeps ", el("code", { dir: "auto" }, query)),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const kept = await send("POST", "/v1/saved", { name: input.value.trim(), query });
      const all = el("a", { href: "/search" }, "Your saved searches");
      place.replaceChildren(el("p", { role: "status" }, "Saved as ", el("bdi", {}, kept.name), ". ", all));
      all.focus();
    } catch (error) {
      place.append(problem(/** @type {Error} */ (error)));
    }
  });
  form.addEventListener("keydown", (event) => event.key === "Escape" && close());
  place.replaceChildren(form);
  input.select();
}

/** @param {HTMLElement} place stays empty when nothing is saved */
export async function showSaved(place) {
  const { saved = [] } = await get("/v1/saved").catch(() => ({}));
  place.replaceChildren(...(saved.length ? [el("h2", {}, "Saved searches"), el("ul", {}, ...saved.map(drawSaved))] : []));
}

/** @param {Saved} saved @returns {HTMLElement} */
function drawSaved(saved) {
  const item = el("li", {});
  const posts = el("ol", { class: "new-posts", "aria-label": `New for ${saved.name}`, hidden: true });
  item.append(
    el("a", { href: searchFor(saved.query), dir: "auto" }, saved.name),
    saved.new ? news(saved, posts) : el("span", { class: "facts" }, "nothing new"),
    el("button", { type: "button", class: "quiet", "aria-label": `Delete ${saved.name}`, onclick: () => remove(saved, item) }, "Delete"),
    posts,
  );
  return item;
}

/** @param {Saved} saved @param {HTMLElement} list @returns {HTMLElement} a button that opens what is new, which then counts as seen */
function news(saved, list) {
  const button = el("button", { type: "button", class: "news", "aria-expanded": "false" }, `${count(saved.new, "new post")}${saved.more ? " or more" : ""}`);
  button.addEventListener("click", async () => {
    list.hidden = !list.hidden;
    button.setAttribute("aria-expanded", String(!list.hidden));
    if (list.hidden || list.childElementCount) return;
    try {
      const { posts } = await get(`/v1/saved/${saved.id}/new`, { limit: MOST });
      list.replaceChildren(...posts.map((post) => el("li", {}, drawPost(post))));
      // Only what was shown: what came in the meantime stays new.
      if (posts[0]) await send("POST", `/v1/saved/${saved.id}/seen`, { post: posts[0].id, network: posts[0].network });
    } catch (error) {
      list.append(el("li", {}, problem(/** @type {Error} */ (error))));
    }
  });
  return button;
}

/** @param {Saved} saved @param {HTMLElement} item */
async function remove(saved, item) {
  try {
    await send("DELETE", `/v1/saved/${saved.id}`);
  } catch (error) {
    return item.append(problem(/** @type {Error} */ (error)));
  }
  const undo = el("button", { type: "button", class: "quiet" }, "Save it again");
  undo.addEventListener("click", async () => {
    try {
      const again = drawSaved(await send("POST", "/v1/saved", { name: saved.name, query: saved.query }));
      item.replaceWith(again);
      again.querySelector("a")?.focus();
    } catch (error) {
      item.append(problem(/** @type {Error} */ (error)));
    }
  });
  item.replaceChildren(el("span", { role: "status" }, el("bdi", {}, saved.name), " is deleted. "), undo);
  undo.focus();
}
