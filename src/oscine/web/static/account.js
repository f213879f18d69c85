// One's account here: what may be done with one's posts, whether one posts from here, where one is signed in.

import { get, isAbort, send } from "./api.js";
import { drawConsent } from "./consent.js";
import { byId, el } from "./dom.js";
import { moment } from "./format.js";
import { problem } from "./notice.js";

/** @typedef {import("./sign-in.js").Account} Account */

/** @param {HTMLElement} place @param {Account} me @param {string} [told] what has just been done */
export async function drawAccount(place, me, told = "") {
  byId("title").textContent = "Your account";
  document.title = "Your account · Oscine";
  const { sessions } = await get("/v1/sessions");
  const attempt = async (act) => {
    try {
      await act();
    } catch (error) {
      if (!isAbort(error)) place.prepend(problem(/** @type {Error} */ (error)));
    }
  };
  const end = (path, gone) => attempt(async () => {
    await send("DELETE", path);
    if (gone) location.assign("/sign-in");
    else await drawAccount(place, me, "Signed out there.");
  });
  place.replaceChildren(el("p", { class: "state", role: "status" }, told), drawWho(me, () => end(`/v1/sessions/${sessions.find((each) => each.this).id}`, true)),
    drawConsent(me.consent, async (word) => Object.assign(me, await send("POST", "/v1/me/consent", word))), drawMore(), drawPosting(me), drawSessions(sessions, end));
}

/** @param {Account} me @param {() => void} leave @returns {HTMLElement} */
const drawWho = (me, leave) => el("p", { class: "who" }, "Signed in as ", el("b", { dir: "auto" }, `@${me.handle}`), " ", el("button", { type: "button", onclick: leave }, "Sign out"));

/** @returns {HTMLElement} */
const drawMore = () => el("p", { class: "more" }, el("a", { href: "/me" }, "What is held about you, who read it, and how to delete it"));

/** @param {Account} me @returns {HTMLElement} */
const drawPosting = (me) => el("section", { class: "part", "aria-labelledby": "posting-title" }, el("h2", { id: "posting-title" }, "Posting as yourself"),
  el("p", {}, ...(me.may_post ? ["You may post drafts from ", el("a", { href: "/write" }, "Write"), ". Nothing is posted without your saying so; signing out takes the right back."]
    : ["You let us know who you are, and no more. ", el("a", { href: "/sign-in?post" }, "Sign in again to post drafts as yourself"), "."])));

/** @param {{id: string, since: string, until: string, this: boolean}[]} sessions @param {(path: string, gone: boolean) => void} end @returns {HTMLElement} */
function drawSessions(sessions, end) {
  const items = sessions.map((each) => el("li", {}, el("span", {}, each.this ? el("b", {}, "This browser") : "Another browser", ` since ${moment(each.since).short}, until ${moment(each.until).short}`),
    el("button", { type: "button", class: "quiet", onclick: () => end(`/v1/sessions/${each.id}`, each.this) }, "Sign out")));
  return el("section", { class: "part", "aria-labelledby": "sessions-title" }, el("h2", { id: "sessions-title" }, "Where you are signed in"), el("ul", { class: "kept" }, ...items),
    sessions.length > 1 ? el("button", { type: "button", onclick: () => end("/v1/sessions", true) }, "Sign out everywhere") : null);
}
