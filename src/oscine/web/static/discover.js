// What to look at, and for, next: people who are called so, related searches, what people write about just now.
//
// All of it is an aid: where it cannot be had, nothing is said and the search stands as it is.

import { get } from "./api.js";
import { el } from "./dom.js";
import { count, plainName } from "./format.js";
import { fromAccount, searchFor } from "./post-parts.js";

/** @typedef {{handle: string, name?: string, bio?: string, followers?: number, verified?: boolean, bot?: boolean, why: string, posts: number}} Person */

const PEOPLE = 3;
const TRENDS = 6;

/** @param {string} text @param {AbortSignal} signal @returns {Promise<Person[]>} whose name or handle it is */
export async function peopleCalled(text, signal) {
  const { people = [] } = await get("/v1/people", { q: text, limit: PEOPLE }, signal).catch(() => ({}));
  return people.filter((person) => person.why === "handle" || person.why === "name").slice(0, PEOPLE);
}

/** @param {HTMLElement} place @param {Person[]} people */
export function showPeople(place, people) {
  place.replaceChildren(...(people.length ? [el("h2", {}, "People"), el("ul", {}, ...people.map((person) => el("li", {}, drawPerson(person))))] : []));
}

/** @param {Person} person @returns {HTMLElement} */
function drawPerson(person) {
  const handle = plainName(person.handle);
  const name = plainName(person.name) || handle;
  const facts = [
    person.verified && "verified",
    person.bot && "bot",
    person.followers && count(person.followers, "follower"),
    person.posts && `${count(person.posts, "post")} about this`,
  ].filter(Boolean);
  return el(
    "a",
    { class: "person", href: fromAccount(handle) },
    el("bdi", { class: "name" }, name),
    name === handle ? null : el("bdi", { class: "handle" }, `@${handle}`),
    person.bio ? el("span", { class: "bio", dir: "auto" }, person.bio) : null,
    facts.length ? el("span", { class: "facts" }, facts.join(" · ")) : null,
  );
}

/** @param {HTMLElement} place @param {string} query @param {AbortSignal} signal */
export async function showRelated(place, query, signal) {
  const { related = [] } = await get("/v1/related", { q: query }, signal).catch(() => ({}));
  if (signal.aborted || !related.length) return;
  const items = related.map((one) => el("li", {}, el("a", { href: searchFor(one.query), dir: "auto" }, one.query)));
  place.replaceChildren(el("h2", {}, "Related searches"), el("ul", { class: "searches" }, ...items));
}

/** @param {HTMLElement} place stays empty when nobody writes about anything more than before */
export async function showTrending(place) {
  const { trends = [] } = await get("/v1/trending", { limit: TRENDS }).catch(() => ({}));
  const items = trends.map((trend) =>
    el(
      "li",
      {},
      el("a", { href: searchFor(trend.query), dir: "auto" }, trend.text),
      el("span", { class: "facts" }, `${count(trend.posts, "post")} by ${count(trend.authors, "person", "people")}`),
    ),
  );
  place.replaceChildren(...(items.length ? [el("h2", {}, "Trending"), el("ul", {}, ...items)] : []));
}
