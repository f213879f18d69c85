// What every page shares: the `/` key, and the footer's line on what there is to find.

import { get } from "./api.js";
import { byId, el } from "./dom.js";
import { count, number } from "./format.js";
import { forgetKey, key } from "./key.js";

/** `/` brings the cursor to the page's box, from anywhere but another field. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]")) return;
  const box = /** @type {HTMLInputElement|null} */ (document.querySelector("[data-box]"));
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});

/** @param {{posts: number, pending_vectors: number}} status @returns {string} */
export function describe(status) {
  const pending = Number(status.pending_vectors) || 0;
  const meaning = pending ? `${number(pending)} still being read for meaning` : "all searchable by meaning";
  return Number(status.posts) ? `${count(Number(status.posts), "post")} · ${meaning}` : "No posts yet";
}

function offerToForget() {
  if (!key() || document.getElementById("forget")) return;
  byId("footer-links").append(el("button", { type: "button", id: "forget", class: "quiet", onclick: forgetKey }, "Forget key"));
}

document.addEventListener("oscine:key", offerToForget);
offerToForget();
// The footer is no reason to alarm anyone: when the server does not answer, or the page needs no key and there is none, it just stays short.
if (key() || !("open" in document.body.dataset)) get("/v1/status").then((status) => byId("status").replaceChildren(describe(status)), () => {});
