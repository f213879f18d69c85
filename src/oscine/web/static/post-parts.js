// The parts that a post is drawn from.

import { el, outward, webAddress } from "./dom.js";
import { count, languageTag, moment, plainName } from "./format.js";
import { drawText } from "./text.js";

/** @typedef {import("./api.js").Post} Post */

/** @param {Post} post @returns {string} the post's own page */
export function pageOf(post) {
  return `/post?${new URLSearchParams({ id: post.id, ...(post.network ? { network: post.network } : {}) })}`;
}

/** @param {Post} post @returns {string} the name to call the author by */
export function authorName(post) {
  return plainName(post.author_name) || plainName(post.author_handle) || plainName(post.author) || "someone";
}

/** @param {string} query @returns {string} */
export const searchFor = (query) => `/search?${new URLSearchParams({ q: query })}`;

/** @param {string} handle @returns {string} the search for an account's posts */
export const fromAccount = (handle) => searchFor(/[\s"]/.test(handle) ? `from:"${handle.replaceAll('"', "")}"` : `from:${handle}`);

/** @param {Post} post @returns {HTMLElement} who, when */
export function byline(post) {
  const handle = plainName(post.author_handle) || plainName(post.author);
  const name = el("bdi", { class: "name" }, authorName(post));
  const when = moment(post.created_at);
  return el(
    "header",
    { class: "byline" },
    handle ? el("a", { class: "author", href: fromAccount(handle), title: "Search this account's posts" }, name) : name,
    handle && handle !== authorName(post) ? el("bdi", { class: "handle" }, `@${handle}`) : null,
    el("a", { class: "when", href: pageOf(post) }, el("time", { datetime: post.created_at, title: when.long }, when.short)),
    post.visibility && post.visibility !== "public" ? el("span", { class: "tag" }, post.visibility) : null,
  );
}

/** @param {Post} post @returns {HTMLElement} what it says */
export function words(post) {
  return el("p", { class: "text", dir: "auto", lang: languageTag(post.lang) }, drawText(String(post.text ?? ""), post.highlights));
}

/** @param {Post} post @returns {HTMLElement|null} pictures as their descriptions: loading them would tell their host who reads */
export function media(post) {
  if (!post.media?.length) return null;
  return el(
    "ul",
    { class: "media", "aria-label": "Media" },
    ...post.media.map((item) => {
      const kind = plainName(item.kind) || "image";
      const host = webAddress(item.url)?.host;
      return el(
        "li",
        {},
        el("span", { class: "kind" }, kind),
        item.alt
          ? el("span", { class: "alt", dir: "auto" }, item.alt)
          : el("span", { class: "alt none" }, "no description"),
        host ? outward(item.url, `Open at ${host}`) : null,
      );
    }),
  );
}

/** @param {Post} post @returns {HTMLElement|null} addresses that the text does not already show */
export function links(post) {
  const text = String(post.text ?? "");
  const missing = (post.urls ?? []).filter((address) => webAddress(address) && !text.includes(address));
  if (!missing.length) return null;
  return el("ul", { class: "links", "aria-label": "Links" }, ...missing.map((address) => el("li", {}, outward(address))));
}

const AUTO = "auto-"; // what the machine's labels begin with

/** @param {Post} post @returns {HTMLElement|null} what it is labelled as; by whom else than the machine, and why, its own page says */
export function labels(post) {
  const shown = (post.labels ?? []).filter((label) => !label.startsWith("!"));
  if (!shown.length) return null;
  const chip = (label) => (label.startsWith(AUTO) ? el("li", { class: "machine" }, `a machine: ${label.slice(AUTO.length)}`) : el("li", { dir: "auto" }, label));
  return el("ul", { class: "labels-on", "aria-label": "Labels" }, ...shown.map(chip), el("li", { class: "why" }, el("a", { href: `${pageOf(post)}#labels`, "aria-label": "Why these labels" }, "Why")));
}

/** @param {Post} post @returns {HTMLElement|null} only what has been counted */
export function counts(post) {
  const parts = [
    post.replies && count(post.replies, "reply", "replies"),
    post.reposts && count(post.reposts, "repost"),
    post.quotes && count(post.quotes, "quote"),
    post.likes && count(post.likes, "like"),
  ].filter(Boolean);
  return parts.length ? el("ul", { class: "counts", "aria-label": "Counts" }, ...parts.map((part) => el("li", {}, part))) : null;
}

/**
 * A cover with the reason. What it covers is not in the page until somebody asks: a screen reader is spared it too.
 * @param {string} reason
 * @param {() => Node[]} content
 * @returns {HTMLElement}
 */
export function cover(reason, content) {
  const box = el("div", { class: "cover" }, el("p", { dir: "auto" }, reason || "Covered"));
  const show = el("button", { type: "button", "aria-label": `Show the post: ${reason || "covered"}` }, "Show");
  show.addEventListener("click", () => {
    const shown = el("div", { class: "uncovered", tabindex: "-1" }, ...content());
    box.replaceWith(shown);
    shown.focus();
  });
  box.append(show);
  return box;
}
