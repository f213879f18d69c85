// Tells what became of the posts: seen, stayed with, opened, and what was said about them. Told in batches, and where somebody asked not to be
// profiled only what they say themselves.

import { call } from "./api.js";
import { steering } from "./feed-steering.js";

/** @typedef {import("./api.js").Post} Post */
/** @typedef {{page: string, post: string, network: string, kind: string}} Event */

const SEEN_AFTER = 1_000; // milliseconds on the screen
const DWELT_AFTER = 6_000;
const EVERY = 4_000; // milliseconds between batches
const UNDONE_WITHIN = 10_000; // milliseconds
const MOST = 100; // events that the server takes at a time

/** @type {Event[]} */
const waiting = [];
let timer = 0;
/** @type {Map<number, {event: Event, told: () => void}>} by the timer that ends the time to undo it */
const undoable = new Map();
/** @type {WeakMap<Element, {page: string, post: Post, timers: number[], told: Set<string>}>} */
const watched = new WeakMap();

/** @param {string} page @param {Post} post @param {string} kind one of the server's outcomes */
export const tell = (page, post, kind) => put({ page, post: post.id, network: post.network, kind });

/**
 * As `tell`, after a while in which it can be taken back.
 * @param {string} page @param {Post} post @param {string} kind
 * @param {() => void} [told] called when that while is over
 * @returns {() => void} takes it back
 */
export function tellUnlessUndone(page, post, kind, told = () => {}) {
  const event = { page, post: post.id, network: post.network, kind };
  const wait = setTimeout(() => settle(wait), UNDONE_WITHIN);
  undoable.set(wait, { event, told });
  return () => {
    clearTimeout(wait);
    undoable.delete(wait);
  };
}

/** @param {number} wait */
function settle(wait) {
  const { event, told } = undoable.get(wait) ?? {};
  clearTimeout(wait);
  if (!undoable.delete(wait)) return;
  put(event);
  told();
}

/** @param {Event} event */
function put(event) {
  waiting.push(event);
  timer ||= setTimeout(flush, EVERY);
}

/** Send all that waits: before the next posts are asked for, and when the page is being left. */
export async function flush() {
  for (const wait of [...undoable.keys()]) settle(wait);
  clearTimeout(timer);
  timer = 0;
  while (waiting.length) {
    const body = JSON.stringify({ events: waiting.splice(0, MOST) });
    const options = { method: "POST", keepalive: true, headers: { "Content-Type": "application/json" }, body };
    await call("/v1/feed/events", options).catch(() => {}); // that a post was seen is no reason to disturb who reads
  }
}

/** @param {HTMLElement} item @param {string} page @param {Post} post */
export function watch(item, page, post) {
  watched.set(item, { page, post, timers: [], told: new Set() });
  observer.observe(item);
  item.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest(".post :is(a, button)")) passing(item, "click");
  });
}

const observer = new IntersectionObserver((entries) => entries.forEach(attend), { threshold: [0, 0.25, 0.5, 0.75, 1] });

/** @param {IntersectionObserverEntry} entry */
function attend({ target, intersectionRatio, intersectionRect }) {
  const known = watched.get(target);
  if (!known) return;
  const isRead = !document.hidden && (intersectionRatio >= 0.5 || intersectionRect.height >= innerHeight / 2);
  if (!isRead) known.timers.splice(0).forEach(clearTimeout);
  else if (!known.timers.length) known.timers.push(setTimeout(passing, SEEN_AFTER, target, "seen"), setTimeout(passing, DWELT_AFTER, target, "dwell"));
}

/** @param {Element} item @param {string} kind of what somebody did in passing: told once, and not of somebody who asked not to be profiled */
function passing(item, kind) {
  const known = watched.get(item);
  if (!known || known.told.has(kind) || !steering().personal) return;
  known.told.add(kind);
  tell(known.page, known.post, kind);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) flush();
  for (const item of document.querySelectorAll("#posts > li")) {
    watched.get(item)?.timers.splice(0).forEach(clearTimeout);
    observer.unobserve(item);
    if (!document.hidden && watched.has(item)) observer.observe(item); // which tells how much of it is seen now
  }
});
addEventListener("pagehide", flush);
