// The page of one post.

import "./shell.js";
import { getPost } from "./api.js";
import { copier } from "./clipboard.js";
import { showAbove, showQuoted, showReplies } from "./context.js";
import { byId, el, outward, webAddress } from "./dom.js";
import { showExplanation, showSimilar } from "./explain.js";
import { languageName, moment } from "./format.js";
import { note, problem } from "./notice.js";
import { drawPost } from "./post-card.js";
import { showLabels } from "./post-labels.js";
import { authorName } from "./post-parts.js";

const address = new URLSearchParams(location.search);
const id = address.get("id");
const network = address.get("network");

async function show() {
  byId("outcome").replaceChildren();
  if (!id) return missing("This address names no post.");
  try {
    const post = await getPost(id, network);
    document.title = `${authorName(post)} · Oscine`;
    const card = drawPost(post, { whole: true });
    const about = el("aside", { "aria-label": "About this post" }, details(post), offers(post), copier("Copy link", location.href, "Link to this post"));
    byId("post").replaceChildren(card, about);
    await Promise.all([showAbove(post, byId("above")), showQuoted(post, byId("quoted")), showReplies(post, byId("replies")), showLabels(post, byId("labels"))]);
  } catch (error) {
    if (error.status === 404) missing("There is no such post: it has been deleted, or it may not be seen by you.");
    else byId("outcome").replaceChildren(problem(error, show));
  } finally {
    byId("main").setAttribute("aria-busy", "false");
  }
}

/** @param {string} what */
function missing(what) {
  document.title = "No such post · Oscine";
  byId("outcome").replaceChildren(note(what, el("a", { href: "/search" }, "Search the posts")));
}

/** @param {import("./api.js").Post} post @returns {HTMLElement} what is known of it beyond its text */
function details(post) {
  const rows = [
    ["Written", moment(post.created_at).long],
    ["Language", post.lang ? languageName(post.lang) : ""],
    ["Network", post.network],
    ["Tags", (post.tags ?? []).map((tag) => `#${tag}`).join(" ")],
    ["Original", webAddress(post.id) ? outward(post.id) : ""],
  ].filter(([, value]) => value);
  return el("dl", { class: "details" }, ...rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", { dir: "auto" }, value))));
}

/** @param {import("./api.js").Post} post @returns {HTMLElement} */
function offers(post) {
  const explain = () => showExplanation(post, byId("explained"));
  const similar = () => showSimilar(post, byId("similar"));
  return el(
    "p",
    { class: "offers" },
    el("button", { type: "button", "aria-controls": "explained", onclick: explain }, "Explain this post"),
    el("button", { type: "button", "aria-controls": "similar", onclick: similar }, "More like this"),
    el("a", { href: `/write?${new URLSearchParams({ reply_to: post.id, network: post.network })}` }, "Draft a reply"),
  );
}

show();
