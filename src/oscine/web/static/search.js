// The Search page. Its address holds the whole search, so that back, reload and a shared link all show it again.

import "./shell.js";
import { get, isAbort } from "./api.js";
import { showReading } from "./chips.js";
import { combobox } from "./combobox.js";
import { peopleCalled, showPeople, showRelated, showTrending } from "./discover.js";
import { byId, el } from "./dom.js";
import { showExamples } from "./examples.js";
import { showFeeds } from "./feeds.js";
import { filters } from "./filters.js";
import { count, number } from "./format.js";
import { note, problem } from "./notice.js";
import { showOperators } from "./operators.js";
import { searchFor } from "./post-parts.js";
import { setValue, tidy } from "./query.js";
import { drawResult } from "./results.js";
import { showSaved, showSaveForm } from "./saved.js";
import { showSummary } from "./summary.js";

const PAGE = 20;
const FIRST = { top: "The best", latest: "The latest", likes: "The most liked", reposts: "The most reposted", replies: "The most replied to" };

const AROUND = ["results", "meant", "people", "digest", "related"]; // what comes with a search and goes with it

const form = /** @type {HTMLFormElement} */ (byId("search"));
const box = /** @type {HTMLInputElement} */ (byId("query"));
const sort = /** @type {HTMLSelectElement} */ (byId("sort"));
const list = byId("results");
const more = byId("more");
const summary = byId("summary");

/** @type {import("./completion.js").Operator[]} */
let operators = [];
/** @type {AbortController|null} of the search under way; a newer one replaces it */
let running = null;
/** @type {string|null} */
let cursor = null;
let searched = ""; // the query of the posts shown; the box may be ahead of it
let inOperators = ""; // the same as the server searched it, plain language replaced
let plain = true; // whether plain language is read
let announced = 0;

/** @param {string} query @param {{plain?: boolean, remember?: boolean}} [how] remember: whether back should come here again */
function search(query, how = {}) {
  box.value = query;
  plain = how.plain ?? plain;
  const text = tidy(query);
  if (how.remember ?? true) {
    const address = new URLSearchParams({ ...(text && { q: text }), ...(sort.value !== "top" && { sort: sort.value }), ...(!plain && { plain: "false" }) });
    const path = address.size ? `/search?${address}` : "/search";
    if (path !== location.pathname + location.search) history.pushState(null, "", path);
  }
  document.title = text ? `${text} · Search · Oscine` : "Search · Oscine";
  showFilters();
  showFeeds(byId("feeds"), text, plain);
  byId("ask-this").setAttribute("href", `/?${new URLSearchParams({ q: text })}`);
  document.body.classList.toggle("begun", text !== "");
  running?.abort();
  searched = inOperators = text;
  announced = 0;
  cursor = null;
  byId("saving").replaceChildren();
  // What was found before stays until its successor is here: nothing jumps.
  if (text) begin(text);
  else {
    clear();
    showStart();
  }
}

function clear() {
  for (const id of [...AROUND, "summary", "reading", "outcome"]) byId(id).replaceChildren();
  more.hidden = true;
}

/** @param {string} text */
async function begin(text) {
  const mine = new AbortController();
  running = mine;
  const people = peopleCalled(text, mine.signal);
  if (!(await fetchPage(text, mine))) return;
  people.then((found) => mine.signal.aborted || showPeople(byId("people"), found));
  if (announced) showRelated(byId("related"), inOperators, mine.signal);
}

/** @param {string} text @param {AbortController} mine @returns {Promise<boolean>} whether it is shown */
async function fetchPage(text, mine) {
  list.setAttribute("aria-busy", "true");
  more.setAttribute("disabled", "");
  try {
    const asked = { q: text, limit: PAGE, sort: sort.value, cursor, fold: "true", plain: plain ? null : "false" };
    const found = await get("/v1/search", asked, mine.signal);
    if (running !== mine) return false;
    showPage(text, found);
    return true;
  } catch (error) {
    if (isAbort(error) || running !== mine) return false;
    if (!announced) clear();
    byId("outcome").replaceChildren(problem(/** @type {Error} */ (error), () => (announced ? fetchPage(text, mine) : begin(text))));
    return false;
  } finally {
    if (running === mine) list.setAttribute("aria-busy", "false");
    more.removeAttribute("disabled");
  }
}

/**
 * @param {string} text
 * @param {{posts: import("./api.js").Post[], cursor: string|null, took_ms?: number, did_you_mean?: string|null} & import("./chips.js").Reading} found
 */
function showPage(text, found) {
  const first = announced === 0;
  if (first) showRead(text, found);
  byId("outcome").replaceChildren();
  const items = found.posts.map(drawResult);
  list.append(...items);
  announced += items.length;
  cursor = found.cursor ?? null;
  more.hidden = cursor === null;
  if (announced) {
    const took = first && found.took_ms !== undefined ? ` in ${number(Math.max(1, Math.round(found.took_ms)))} ms` : "";
    const order = found.understood?.find(({ operator }) => operator === "sort")?.value ?? sort.value;
    summary.replaceChildren(cursor ? `${FIRST[order] ?? "The first"} ${number(announced)}${took}` : `${count(announced, "post")}${took}`);
  } else {
    summary.replaceChildren("Nothing found");
    byId("outcome").replaceChildren(note("No post here matches this search.", "Take a filter away, use fewer words, or ask it as a question."));
  }
  // Whoever asked for more from the keyboard goes on reading where the new posts begin.
  if (!first && items[0]) items[0].querySelector("a")?.focus({ preventScroll: true });
}

/** What was made of the query, in place of what the query before it left here. @param {string} text @param {any} found */
function showRead(text, found) {
  showReading(byId("reading"), text, plain, found, search); // before the rest, so that the focus can stay in it
  for (const id of AROUND) byId(id).replaceChildren();
  inOperators = found.query || text;
  if (found.did_you_mean) byId("meant").append("Did you mean ", el("a", { href: searchFor(found.did_you_mean), dir: "auto" }, found.did_you_mean), "?");
}

/** What the empty page offers. */
function showStart() {
  showSaved(byId("saved"));
  showTrending(byId("trending"));
  showExamples(byId("examples"), "searches", "/search");
}

function fromAddress() {
  const address = new URLSearchParams(location.search);
  sort.value = address.get("sort") ?? "top";
  if (sort.selectedIndex < 0) sort.value = "top";
  search(address.get("q") ?? "", { plain: address.get("plain") !== "false", remember: false });
}

const showFilters = filters(box, () => operators, search);
combobox(box, byId("proposals"), () => operators);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  // Other words are read anew; the same are read as before.
  search(box.value, { plain: plain || tidy(box.value) !== searched });
});
sort.addEventListener("change", () => search(setValue(box.value, "sort:", null)));
more.addEventListener("click", () => running && fetchPage(searched, running));
byId("sum-up").addEventListener("click", () => showSummary(byId("digest"), inOperators, running?.signal));
byId("save").addEventListener("click", () => showSaveForm(byId("saving"), inOperators));
addEventListener("popstate", fromAddress);

fromAddress();
if (!box.value && matchMedia("(pointer: fine)").matches) box.focus();
get("/v1/operators").then(
  (reply) => {
    operators = reply.operators ?? [];
    showOperators(byId("operators"), operators);
  },
  () => {}, // the box works without them
);
