// How what can be asked of a feed is called.

import { languageName } from "./format.js";

export const DIALS = /** @type {Record<string, string>} */ ({
  followed: "Whom you follow", fresh: "New voices", popular: "What many like", recent: "What is new", varied: "Variety", talk: "Conversations",
});
export const KINDS = /** @type {Record<string, string>} */ ({
  topic: "A topic", lang: "A language", author: "An author", word: "A word", tag: "A tag", tone: "A tone", form: "A form",
});
const TONES = /** @type {Record<string, string>} */ ({ outrage: "outrage", sad: "sad posts", funny: "funny posts", kind: "kind posts", news: "news", ads: "posts that sell" });
const FORMS = /** @type {Record<string, string>} */ ({ picture: "pictures", link: "links", reply: "replies", long: "long posts", short: "short posts" });
const PARTS = /** @type {Record<string, string>} */ ({
  like: "You may like it", reply: "You may answer it", repost: "You may repost it", quote: "You may quote it", follow: "You may follow its author",
  click: "You may open it", dwell: "You may stay with it", hide: "You may hide it", report: "You may report it",
  followed: "By somebody you follow", fresh: "Few know its author yet", recent: "It is new", near: "Like what you liked",
});

/** @type {Map<string, string>} what accounts that were seen on this page are called */
const names = new Map();

/** @param {string} author NETWORK/ACCOUNT @param {string} name */
export const called = (author, name) => names.set(author, name);

/** @param {{kind: string, value: string}} asked a wish or a rule @returns {string} what it is about */
export function about({ kind, value }) {
  if (kind === "lang") return languageName(value);
  if (kind === "author") return names.get(value) ?? value.slice(value.indexOf("/") + 1);
  if (kind === "tag") return `#${value}`;
  if (kind === "word") return `“${value}”`;
  if (kind === "tone") return TONES[value] ?? value;
  if (kind === "form") return FORMS[value] ?? value;
  return value;
}

/** @param {number} weight -1 to 1 @returns {string} */
export function amount(weight) {
  const size = Math.abs(weight);
  if (size < 0.05) return "as usual";
  const much = size > 0.7 ? "much " : size < 0.35 ? "a little " : "";
  return much + (weight > 0 ? "more" : "less");
}

/** @param {string} name of a part of a score @returns {string} */
export const part = (name) => PARTS[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
