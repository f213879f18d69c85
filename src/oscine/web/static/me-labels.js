// What is said of one's posts by labels, and how to appeal.

import { appealing } from "./appeal.js";
import { el } from "./dom.js";
import { section } from "./section.js";
import { timed } from "./time.js";

/** @typedef {{post: string, network: string, label: string, by?: string, probability?: number|null, at?: string, reason?: {text?: string}|null,
 *   appeal?: import("./appeal.js").Appeal|null}} Label */

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
  if (post) place.replaceChildren(...appealing(label, place));
  return el("article", {},
    el("p", {}, el("b", { dir: "auto" }, label.label.replace(AUTO, "")), el("span", { class: "note" }, machine ? ` a machine says${sure}` : by === OPERATOR ? " a person of this network says" : el("span", {}, " said by ", el("bdi", {}, by ?? "somebody")), " · ", timed(at), " · "), address ? el("a", { href: address }, "the post") : "your account"),
    reason?.text ? el("p", { class: "note" }, "It rests most on ", el("q", { dir: "auto" }, reason.text)) : null, place);
}
