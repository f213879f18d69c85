// One's posts here, the newest first, each with a way to delete it; and one by its address, where search does not find it.

import { get, isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { handleOf } from "./me-held.js";
import { problem } from "./notice.js";
import { section } from "./section.js";
import { timed } from "./time.js";

const AT_ONCE = 10;

/** @param {any} account @param {() => void} tookBack called when a post is gone @returns {HTMLElement} */
export function drawPosts(account, tookBack) {
  const list = el("ul", { class: "mine" });
  const after = el("div", {});
  const more = async (/** @type {string|null} */ cursor = null) => {
    try {
      const found = await get("/v1/search", { q: `from:${handleOf(account)}`, sort: "latest", limit: AT_ONCE, fold: "false", plain: "false", cursor });
      list.append(...(found.posts ?? []).map((post) => el("li", {}, drawPost(post, tookBack))));
      after.replaceChildren(...(found.cursor ? [el("button", { type: "button", onclick: () => more(found.cursor) }, "Older ones")] : []),
        ...(list.childElementCount ? [] : [el("p", { class: "none" }, "Search finds none of your posts here. You may still name one.")]));
    } catch (error) {
      if (!isAbort(error)) after.replaceChildren(problem(/** @type {Error} */ (error), () => more(cursor)));
    }
  };
  more();
  return section("posts", "Delete a post", el("p", { class: "hint" }, "It is gone from search, answers and feeds at once, and from every file by the next purge. It stays on the network that you wrote it on."), list, after, drawNamed(tookBack));
}

/** @param {any} post @param {() => void} tookBack @returns {HTMLElement} */
function drawPost({ id, network, text, created_at: at }, tookBack) {
  const article = el("article", {}, el("p", { class: "words", dir: "auto" }, text ?? ""), el("p", { class: "note" }, timed(at), " · ", el("a", { href: `/post?${new URLSearchParams({ id, network: network ?? "" })}` }, "open it")));
  const said = el("div", { "aria-live": "polite" });
  const gone = () => {
    const told = el("p", { class: "note", role: "status", tabindex: "-1" }, "✓ Deleted.");
    article.replaceChildren(told);
    told.focus();
    tookBack();
  };
  article.append(sure("Delete…", "Yes, delete this post", () => remove(id, gone, said)), said);
  return article;
}

/** @param {string} label @param {string} yes @param {() => void} act @returns {HTMLElement} a button that asks once more */
const sure = (label, yes, act) => el("details", { class: "sure" }, el("summary", {}, label), el("p", {}, "It cannot be taken back."), el("button", { type: "button", onclick: act }, yes));

/** @param {string} id @param {() => void} gone @param {HTMLElement} said */
async function remove(id, gone, said) {
  said.replaceChildren(el("p", { class: "note" }, "Deleting…"));
  try {
    await send("DELETE", `/v1/me/posts/${encodeURIComponent(id)}`);
    gone();
  } catch (error) {
    if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
  }
}

/** @param {() => void} tookBack @returns {HTMLElement} */
function drawNamed(tookBack) {
  const box = /** @type {HTMLInputElement} */ (el("input", { required: true, maxlength: 2000, dir: "ltr", spellcheck: "false", autocapitalize: "none", "aria-label": "Id of the post, or its page here" }));
  const said = el("div", { "aria-live": "polite" });
  const form = el("form", {}, box, el("button", {}, "Delete this post"), said);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const gone = () => {
      box.value = "";
      said.replaceChildren(el("p", { class: "note", role: "status" }, "✓ Deleted."));
      tookBack();
    };
    remove(named(box.value.trim()), gone, said);
  });
  return el("details", { class: "named" }, el("summary", {}, "Another one, by its id or its page here"), form);
}

/** @param {string} said @returns {string} the id in the address of a page of a post; anything else is an id */
function named(said) {
  const url = URL.canParse(said) ? new URL(said) : null;
  return (url?.origin === location.origin && url.pathname === "/post" && url.searchParams.get("id")) || said;
}
