// What is said of one's posts by labels, and how to appeal.

import { isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { problem } from "./notice.js";
import { section } from "./section.js";
import { timed } from "./time.js";

/** @typedef {{post: string, network: string, label: string, by?: string, probability?: number|null, at?: string, reason?: {text?: string}|null,
 *   appeal?: {id?: number, at?: string, words?: string, decided_at?: string|null, upheld?: boolean|null, why?: string}|null}} Label */

const AUTO = "auto-", MACHINE = "machine", OPERATOR = "operator";

/** @param {Label[]} labels @returns {HTMLElement} */
export function drawLabels(labels) {
  const none = el("p", { class: "none" }, "Nothing: no post of yours carries a label.");
  return section("labels", "What is said of your posts", labels.length ? el("ul", { class: "labels" }, ...labels.map((label) => el("li", {}, drawLabel(label)))) : none);
}

/** @param {Label} label @returns {HTMLElement} */
function drawLabel(label) {
  const { post, network, by, probability, at, reason } = label;
  const machine = by === MACHINE || label.label.startsWith(AUTO);
  const sure = machine && typeof probability === "number" ? `, ${Math.round(100 * probability)}% sure` : "";
  const place = el("div", {});
  const address = post ? `/post?${new URLSearchParams({ id: post, network: network ?? "" })}` : "";
  if (post) place.replaceChildren(...appeal(label, place));
  return el("article", {},
    el("p", {}, el("b", { dir: "auto" }, label.label.replace(AUTO, "")), el("span", { class: "note" }, machine ? ` a machine says${sure}` : by === OPERATOR ? " a person of this network says" : el("span", {}, " said by ", el("bdi", {}, by ?? "somebody")), " · ", timed(at), " · "), address ? el("a", { href: address }, "the post") : "your account"),
    reason?.text ? el("p", { class: "note" }, "It rests most on ", el("q", { dir: "auto" }, reason.text)) : null, place);
}

/** @param {Label} label @param {HTMLElement} place @returns {HTMLElement[]} how an appeal stands, or a way to make one */
function appeal({ post, network, label, appeal: made }, place) {
  if (made && !made.decided_at) return [el("p", { class: "note" }, "You appealed ", timed(made.at), "; a person of this network decides.")];
  if (made) return [el("p", { class: "note" }, made.upheld ? "You appealed; it stays: " : "You appealed; it was taken off: ", el("span", { dir: "auto" }, made.why ?? ""))];
  const words = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows: 2, required: true, maxlength: 1000, dir: "auto", "aria-label": "Why the label is wrong" }));
  const said = el("div", { "aria-live": "polite" });
  const form = el("form", {}, words, el("button", { class: "primary" }, "Send it"), said);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const sent = await send("POST", "/v1/labels/appeals", { post, network, label, words: words.value.trim() });
      place.replaceChildren(el("p", { class: "note", role: "status" }, `✓ Appeal ${sent.id ?? ""} is with a person of this network.`));
    } catch (error) {
      if (!isAbort(error)) said.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  });
  return [el("details", { class: "appeal" }, el("summary", {}, "It is wrong: appeal"), form)];
}
