// One's account here: what may be done with one's posts, whether one posts from here, where one is signed in.

import { get, isAbort, send } from "./api.js";
import { byId, el } from "./dom.js";
import { moment } from "./format.js";
import { problem } from "./notice.js";

/** @typedef {import("./sign-in.js").Account} Account */

const INTENTS = {
  training: ["Teach a language model with my posts", "Models that this network makes for itself, or continues."],
  archive: ["Keep my posts in public archives", "Collections that outlive this network."],
  bulk: ["Pass my posts on in bulk", "Data sets given or sold to others."],
};
const WORDS = { allow: "Yes", deny: "No", unset: "I say nothing" };

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
  const say = (word) => attempt(async () => drawAccount(place, await send("POST", "/v1/me/consent", word), "Saved: it counts from now on."));
  const end = (path, gone) => attempt(async () => {
    await send("DELETE", path);
    if (gone) location.assign("/sign-in");
    else await drawAccount(place, me, "Signed out there.");
  });
  place.replaceChildren(el("p", { class: "state", role: "status" }, told), drawWho(me, () => end(`/v1/sessions/${sessions.find((each) => each.this).id}`, true)),
    drawConsent(me.consent, say), drawPosting(me), drawSessions(sessions, end));
}

/** @param {Account} me @param {() => void} leave @returns {HTMLElement} */
const drawWho = (me, leave) => el("p", { class: "who" }, "Signed in as ", el("b", { dir: "auto" }, `@${me.handle}`), " ", el("button", { type: "button", onclick: leave }, "Sign out"));

/** @param {Account["consent"]} consent @param {(word: Record<string, any>) => void} say @returns {HTMLElement} */
function drawConsent(consent, say) {
  const box = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", checked: consent.searchable, "aria-describedby": "searchable-hint" }));
  box.addEventListener("change", () => say({ searchable: box.checked }));
  return el("section", { class: "part", "aria-labelledby": "consent-title" }, el("h2", { id: "consent-title" }, "What may be done with your posts"),
    el("label", { class: "check" }, box, "They may be found by search"),
    el("p", { id: "searchable-hint", class: "hint" }, "Off, search here finds none of them, and no answer cites them."),
    ...Object.entries(INTENTS).map(([name, [label, hint]]) => drawIntent(name, label, hint, consent[name], say)),
    el("p", { class: "hint" }, "What you say last counts, here or on your network; on search, what you say here."));
}

function drawIntent(name, label, hint, word, say) {
  const select = /** @type {HTMLSelectElement} */ (
    el("select", { id: name, "aria-describedby": `${name}-hint` }, ...Object.entries(WORDS).map(([value, text]) => el("option", { value, selected: value === word }, text)))
  );
  select.addEventListener("change", () => say({ [name]: select.value }));
  return el("div", { class: "intent" }, el("label", { for: name }, label), select, el("p", { id: `${name}-hint`, class: "hint" }, hint));
}

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
