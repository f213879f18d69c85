// A post of the feed: why it is here in a few words, the post, and what a person can do about it.

import { el } from "./dom.js";
import { hide, unhide } from "./feed-hidden.js";
import { lessOf } from "./feed-less.js";
import { tell, tellUnlessUndone, watch } from "./feed-told.js";
import { showWhy } from "./feed-why.js";
import { called } from "./feed-words.js";
import { plainName } from "./format.js";
import { drawPost } from "./post-card.js";
import { authorName } from "./post-parts.js";

/** @typedef {import("./api.js").Post} Post */
/** @typedef {{kind: "post", post: Post, position: number, points: number, sources: string[], why: string}} Item */

/** @param {Item} item @param {string} page its page's token @param {boolean} isChosen or just the next in time @returns {HTMLElement} an item of the list */
export function drawItem(item, page, isChosen) {
  const { post } = item;
  called(`${post.network}/${post.author}`, authorName(post));
  const panel = el("div", { class: "panel" });
  const drawn = el("li", { class: "item", tabindex: "-1", "aria-label": `Post by ${authorName(post)}` });
  if (isChosen) drawn.append(el("p", { class: "because", dir: "auto" }, plainName(item.why)));
  drawn.append(drawPost(post), acts(item, page, drawn, panel), panel);
  watch(drawn, page, post);
  return drawn;
}

/** @param {Item} item @param {string} page @param {HTMLElement} drawn @param {HTMLElement} panel @returns {HTMLElement} */
function acts({ post, ...item }, page, drawn, panel) {
  const opens = (label, name, fill) => opener(label, name, panel, fill);
  return el("p", { class: "acts", role: "group", "aria-label": "What you make of it" },
    like(post, page),
    el("button", { type: "button", class: "quiet", "data-act": "hide", onclick: () => hideItem(post, page, drawn) }, "Hide"),
    opens(el("span", {}, "Less", el("span", { class: "whole" }, " like this")), "less", () => panel.replaceChildren(lessOf(post, panel))),
    opens("Report", "report", () => panel.replaceChildren(reporting(post, page, drawn, panel))),
    opens("Why this", "why", () => showWhy({ ...item, post }, page, panel)));
}

/** @param {Post} post @param {string} page @returns {HTMLElement} pressed again it is taken back, until it is told: then the network keeps it */
function like(post, page) {
  const button = el("button", { type: "button", class: "quiet like", "data-act": "like", "aria-pressed": "false" }, "Like");
  let takeBack = () => {};
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled")) return;
    const likes = button.getAttribute("aria-pressed") === "false";
    if (likes) takeBack = tellUnlessUndone(page, post, "like", () => button.setAttribute("aria-disabled", "true"));
    else takeBack();
    button.setAttribute("aria-pressed", String(likes));
    button.textContent = likes ? "Liked" : "Like";
  });
  return button;
}

/** A button that opens and closes a panel under the post. @returns {HTMLElement} */
function opener(label, name, panel, fill) {
  const button = el("button", { type: "button", class: "quiet", "data-act": name, "aria-expanded": "false" }, label);
  button.addEventListener("click", () => {
    const isOpen = button.getAttribute("aria-expanded") === "true";
    for (const each of button.parentElement?.querySelectorAll("[aria-expanded]") ?? []) each.setAttribute("aria-expanded", "false");
    panel.replaceChildren();
    if (isOpen) return;
    button.setAttribute("aria-expanded", "true");
    fill();
  });
  return button;
}

/** @param {Post} post @param {string} page @param {HTMLElement} drawn gone at once, and back if that was a mistake */
function hideItem(post, page, drawn) {
  const before = [...drawn.childNodes];
  const undo = el("button", { type: "button", class: "quiet" }, "Undo");
  const takeBack = tellUnlessUndone(page, post, "hide", () => {
    if (document.activeElement === undo) drawn.focus({ preventScroll: true });
    undo.remove();
  });
  undo.addEventListener("click", () => {
    takeBack();
    unhide(post);
    drawn.classList.remove("gone");
    drawn.replaceChildren(...before);
    drawn.focus({ preventScroll: true });
  });
  hide(post);
  gone(drawn, "Hidden. ", undo);
}

/** @param {Post} post @param {string} page @param {HTMLElement} drawn @param {HTMLElement} panel @returns {HTMLElement} */
function reporting(post, page, drawn, panel) {
  const yes = el("button", { type: "button", class: "primary" }, "Report it");
  yes.addEventListener("click", () => {
    tell(page, post, "report");
    hide(post);
    gone(drawn, "Reported. You will not see it again.");
  });
  const box = el("div", { class: "asking" }, el("p", {}, "Report this post to whoever runs this network?"),
    el("p", { class: "offers" }, yes, el("button", { type: "button", onclick: () => /** @type {HTMLElement} */ (drawn.querySelector("[data-act=report]")).click() }, "Leave it")));
  queueMicrotask(() => yes.focus());
  return box;
}

/** @param {HTMLElement} drawn @param {string} words @param {HTMLElement|null} [undo] */
function gone(drawn, words, undo = null) {
  drawn.classList.add("gone");
  drawn.replaceChildren(el("p", { role: "status" }, words, undo));
  (undo ?? drawn).focus({ preventScroll: true });
}
