// What every page shares: the `/` key, who is signed in, and the footer's line on what there is to find.

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

const BACK = "oscine.back";

/** Whoever leaves a page to sign in comes back to it. */
document.addEventListener("click", (event) => {
  if (location.pathname !== "/sign-in" && event.target instanceof Element && event.target.closest('a[href^="/sign-in"]')) sessionStorage.setItem(BACK, location.pathname + location.search);
});

/** @returns {string} the page that somebody was on when they went to sign in; empty where there was none */
export function takeBack() {
  const path = sessionStorage.getItem(BACK) ?? "";
  sessionStorage.removeItem(BACK);
  return path.startsWith("/") && new URL(path, location.origin).origin === location.origin ? path : "";
}

/** Who is signed in, or where one may, beside the pages. */
async function showAccount() {
  const { networks, me } = await get("/v1/sign-in");
  if (!networks.length) return;
  document.body.classList.add("signs-in");
  const here = location.pathname === "/sign-in";
  const link = el("a", { href: "/sign-in", class: "account", "aria-current": here ? "page" : null, title: me ? `Signed in as ${me.account}` : null }, me ? el("bdi", {}, `@${me.handle}`) : "Sign in");
  document.querySelector("header.site")?.append(link);
}

showAccount().catch(() => {}); // as of the footer: where the server does not answer, the page says so in its own place
document.addEventListener("oscine:key", offerToForget);
offerToForget();
// The footer is no reason to alarm anyone: when the server does not answer, or the page needs no key and there is none, it just stays short.
if (key() || !("open" in document.body.dataset)) get("/v1/status").then((status) => byId("status").replaceChildren(describe(status)), () => {});
