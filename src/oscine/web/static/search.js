// The Search page. Its address holds the whole search, so that back, reload and a shared link all show it again.

import "./shell.js";
import { get, isAbort } from "./api.js";
import { showReading } from "./chips.js";
import { combobox } from "./combobox.js";
import { asTyped } from "./completion.js";
import { byId } from "./dom.js";
import { showExamples } from "./examples.js";
import { filters } from "./filters.js";
import { count, number } from "./format.js";
import { note, problem } from "./notice.js";
import { showOperators } from "./operators.js";
import { tidy } from "./query.js";
import { drawResult } from "./results.js";

const PAGE = 20;

const form = /** @type {HTMLFormElement} */ (byId("search"));
const box = /** @type {HTMLInputElement} */ (byId("query"));
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
let announced = 0;

const sort = () => new FormData(form).get("sort") === "latest" ? "latest" : "top";

/** @param {string} query @param {boolean} [remember] whether back should come here again */
function search(query, remember = true) {
  box.value = query;
  const text = tidy(query);
  if (remember) {
    const address = new URLSearchParams({ ...(text && { q: text }), ...(sort() === "latest" && { sort: "latest" }) });
    const path = address.size ? `/search?${address}` : "/search";
    if (path !== location.pathname + location.search) history.pushState(null, "", path);
  }
  document.title = text ? `${text} · Search · Oscine` : "Search · Oscine";
  showFilters();
  byId("ask-this").hidden = !text;
  byId("ask-this").setAttribute("href", `/?${new URLSearchParams({ q: text })}`);
  document.body.classList.toggle("begun", text !== "");
  running?.abort();
  searched = text;
  announced = 0;
  cursor = null;
  // What was found before stays until its successor is here: nothing jumps.
  if (text) fetchPage(text);
  else clear();
}

function clear() {
  for (const place of [list, summary, byId("reading"), byId("outcome")]) place.replaceChildren();
  more.hidden = true;
}

/** @param {string} text */
async function fetchPage(text) {
  const mine = new AbortController();
  running = mine;
  list.setAttribute("aria-busy", "true");
  more.setAttribute("disabled", "");
  try {
    const found = await get("/v1/search", { q: text, limit: PAGE, sort: sort(), cursor, fold: "true" }, mine.signal);
    if (running === mine) showPage(text, found);
  } catch (error) {
    if (isAbort(error) || running !== mine) return;
    if (!announced) clear();
    byId("outcome").replaceChildren(problem(/** @type {Error} */ (error), () => fetchPage(text)));
  } finally {
    if (running === mine) list.setAttribute("aria-busy", "false");
    more.removeAttribute("disabled");
  }
}

/** @param {string} text @param {{posts: import("./api.js").Post[], cursor: string|null, took_ms?: number}} found */
function showPage(text, found) {
  const first = announced === 0;
  if (first) clear();
  byId("outcome").replaceChildren();
  if (first) showReading(byId("reading"), text, found, (query) => search(query));
  const items = found.posts.map(drawResult);
  list.append(...items);
  announced += items.length;
  cursor = found.cursor ?? null;
  more.hidden = cursor === null;
  if (announced) {
    const took = first && found.took_ms !== undefined ? ` in ${number(Math.max(1, Math.round(found.took_ms)))} ms` : "";
    summary.replaceChildren(cursor ? `The ${sort() === "top" ? "best" : "latest"} ${number(announced)}${took}` : `${count(announced, "post")}${took}`);
  } else {
    summary.replaceChildren("Nothing found");
    byId("outcome").replaceChildren(note("No post here matches this search.", "Take a filter away, use fewer words, or ask it as a question."));
  }
  // Whoever asked for more from the keyboard goes on reading where the new posts begin.
  if (!first && items[0]) items[0].querySelector("a")?.focus({ preventScroll: true });
}

function fromAddress() {
  const address = new URLSearchParams(location.search);
  const wanted = address.get("sort") === "latest" ? "latest" : "top";
  for (const radio of form.querySelectorAll('input[name="sort"]')) {
    const input = /** @type {HTMLInputElement} */ (radio);
    input.checked = input.value === wanted;
  }
  search(address.get("q") ?? "", false);
}

const showFilters = filters(box, () => operators, (query) => search(query));
combobox(box, byId("proposals"), () => operators);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  search(box.value);
});
for (const radio of form.querySelectorAll('input[name="sort"]')) radio.addEventListener("change", () => search(box.value));
more.addEventListener("click", () => fetchPage(searched));
addEventListener("popstate", fromAddress);

fromAddress();
if (!box.value) {
  showExamples(byId("examples"), "searches", "/search");
  if (matchMedia("(pointer: fine)").matches) box.focus();
}
get("/v1/operators").then(
  (reply) => {
    operators = asTyped(reply.operators ?? []);
    showOperators(byId("operators"), operators);
  },
  () => {}, // the box works without them
);
