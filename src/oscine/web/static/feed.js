// The Feed page: posts in the order that the person asked for, each with its reason, and by its side what steers it.

import "./shell.js";
import { get, isAbort } from "./api.js";
import { byId, el } from "./dom.js";
import { drawAdItem } from "./feed-ad.js";
import { showAway } from "./feed-away.js";
import { isHidden } from "./feed-hidden.js";
import { keys } from "./feed-keys.js";
import { drawItem } from "./feed-post.js";
import { showProposals } from "./feed-propose.js";
import { drawSteering, showSteering } from "./feed-steer.js";
import { STEERED, adopt, sent, steer, steering } from "./feed-steering.js";
import { flush } from "./feed-told.js";
import { count, number } from "./format.js";
import { note, problem } from "./notice.js";

const PAGE = 20;
const WIDE = matchMedia("(min-width: 64rem)");

const list = byId("posts");
const more = byId("more");
/** @type {AbortController|null} of the page under way; a newer one replaces it */
let running = null;
/** @type {string|null} */
let cursor = null;
let shown = 0;

/** @param {boolean} [goesOn] whether the next page is wanted, or the feed anew */
async function load(goesOn = false) {
  running?.abort();
  const mine = (running = new AbortController());
  list.setAttribute("aria-busy", "true");
  more.setAttribute("disabled", "");
  try {
    await flush(); // what was hidden a moment ago is not to come again
    const page = await get("/v1/feed", { limit: PAGE, cursor: goesOn ? cursor : null, steering: sent() }, mine.signal);
    if (running === mine) show(page, goesOn);
  } catch (error) {
    if (isAbort(error) || running !== mine) return;
    if (!goesOn) list.replaceChildren();
    byId("outcome").replaceChildren(problem(/** @type {Error} */ (error), () => load(goesOn && error.status !== 404))); // a page of long ago is known no more
  } finally {
    if (running === mine) list.setAttribute("aria-busy", "false");
    more.removeAttribute("disabled");
  }
}

/** @param {any} page @param {boolean} goesOn */
function show({ token, order, items, cursor: next, steering: wire, dropped, kept: withAccount = false }, goesOn) {
  adopt(wire ?? steering(), withAccount);
  const kept = items.filter((item) => item.kind === "ad" || !isHidden(item.post));
  const drawn = kept.map((item) => (item.kind === "ad" ? drawAdItem(item) : drawItem(item, token, order === "for-you")));
  shown = (goesOn ? shown : 0) + kept.filter((item) => item.kind === "post").length;
  cursor = next ?? null;
  if (goesOn) list.append(...drawn);
  else list.replaceChildren(...drawn);
  more.hidden = cursor === null;
  byId("outcome").replaceChildren(...(shown ? [] : [nothing()]));
  byId("stands").replaceChildren(shown ? `${count(shown, "post")} shown` : "No posts");
  showDropped(dropped ?? {});
  showOrder();
  showSteering();
  if (goesOn) drawn[0]?.focus({ preventScroll: true }); // whoever asked for more goes on where it begins
  else if (list.getBoundingClientRect().top < 0) list.scrollIntoView();
}

/** @returns {HTMLElement} the next step, where there is nothing to read */
function nothing() {
  const { rules, order } = steering();
  if (rules.length) return note("Your rules leave nothing to show.", el("button", { type: "button", onclick: openSteering }, "See your rules"));
  if (order === "newest") return note("Nobody that you follow has written anything yet.", "See what there is for you instead, or follow somebody on your network.");
  return note("There is nothing to show yet.", el("span", {}, "Posts come by import or from a network that is connected: ", el("a", { href: "/connections" }, "Connections"), "."));
}

function openSteering() {
  /** @type {HTMLDetailsElement} */ (byId("steer")).open = true;
  byId("steer").scrollIntoView();
  byId("steer").querySelector("summary")?.focus();
}

/** @param {Record<string, number>} dropped how many posts were left out, by reason */
function showDropped(dropped) {
  const reasons = Object.entries(dropped).sort(([, a], [, b]) => b - a);
  const all = reasons.reduce((sum, [, n]) => sum + n, 0);
  const items = reasons.map(([reason, n]) => el("li", {}, `${number(n)}: `, el("span", { dir: "auto" }, reason)));
  byId("dropped").replaceChildren(...(all ? [el("details", { open: !shown }, el("summary", {}, `${count(all, "post")} left out, and why`), el("ul", {}, ...items))] : []));
}

function showOrder() {
  for (const each of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("#order input"))) each.checked = each.value === steering().order;
}

/** What is beside the posts, drawn when it is looked at. @param {string} id @param {() => void} draw */
function whenOpened(id, draw) {
  const box = /** @type {HTMLDetailsElement} */ (byId(id));
  let isDrawn = false;
  box.addEventListener("toggle", () => {
    if (!box.open || isDrawn) return;
    isDrawn = true;
    draw();
  });
}

byId("order").addEventListener("change", (event) => {
  const order = /** @type {HTMLInputElement} */ (event.target).value === "newest" ? "newest" : "for-you";
  steer({ order }).catch((error) => {
    showOrder();
    if (!isAbort(error)) byId("outcome").replaceChildren(problem(error));
  });
});
more.addEventListener("click", () => load(true));
document.addEventListener(STEERED, (event) => {
  showSteering();
  if (/** @type {CustomEvent} */ (event).detail.anew) load();
});
keys(list);
drawSteering();
showOrder();
const boxes = { away: () => showAway(byId("missed")), proposals: () => showProposals(byId("proposed")) };
for (const [id, draw] of Object.entries(boxes)) whenOpened(id, draw);
byId("steer").toggleAttribute("open", WIDE.matches);
load().then(() => Object.keys(boxes).forEach((id) => byId(id).toggleAttribute("open", WIDE.matches))); // after the posts, so that these come first
