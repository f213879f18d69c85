// What is kept so that others can check it: the head of the log of accesses, and how far deletion has come.

import { drawCertificate } from "./certificate.js";
import { el } from "./dom.js";
import { count, number } from "./format.js";
import { factsOf, section } from "./section.js";
import { timed } from "./time.js";

/** @param {any} [log] @returns {HTMLElement} */
export function drawHead(log) {
  const head = log?.head ?? log;
  const lead = el("p", { class: "says" }, "Whatever is read, granted, revoked, deleted or decided is written down in a chain: each entry holds the one before. People stand in it under names that mean nothing once they have left.");
  if (!head || head.place === null || head.place === undefined) return section("log", "The log of accesses", lead, el("p", { class: "none" }, "It has no entry yet."));
  const facts = factsOf([
    ["place of the newest entry", number(Number(head.place) || 0)], ["sealed", timed(head.at)], ["entries", typeof log.entries === "number" ? number(log.entries) : null],
    ["its hash", el("code", { class: "hash" }, String(head.hash ?? ""))], ["signed", head.signature ? el("code", { class: "hash" }, String(head.signature)) : null],
    ["by the key", head.public_key ? el("code", { class: "hash" }, String(head.public_key)) : null],
  ]);
  return section("log", "The log of accesses", lead, facts, drawVerifying(head.public_key));
}

/** @param {unknown} key that the heads are signed with @returns {HTMLElement} */
const drawVerifying = (key) => el("details", {}, el("summary", {}, "How to verify it"),
  el("ol", { class: "steps" },
    el("li", {}, "Keep the place and the hash above, today: whoever holds an older pair can show whether anything before it was changed since."),
    el("li", {}, "Ask the operator for the log: ", el("code", {}, "oscine log export > log.jsonl"), ". It names nobody."),
    el("li", {}, "Check it on any computer: ", el("code", {}, `oscine log verify log.jsonl${key ? ` --key ${key}` : ""}`), ". It works out every hash again, and says at which place one does not fit."),
    el("li", {}, "At the place that you kept, the hash must be the one that you kept.")));

/** @param {any} [deletion] @returns {HTMLElement} */
export function drawDeletion(deletion) {
  const lead = el("p", { class: "says" }, "What is deleted is gone at once from search, answers and feeds. A purge then takes it out of every file, searches all files for it by their bytes, and signs a certificate.");
  return section("deletion", "Deletion", lead, ...(deletion ? deletionFacts(deletion) : [el("p", { class: "none" }, "Nothing is told of it.")]));
}

/** @param {any} deletion @returns {HTMLElement[]} */
export function deletionFacts({ pending, oldest_days: oldest, bound_days: bound, last }) {
  const overdue = typeof oldest === "number" && typeof bound === "number" && oldest > bound;
  const waits = pending ? `${count(pending, "deletion")}${typeof oldest === "number" ? `, the oldest for ${inDays(oldest)}` : ""}` : "nothing";
  const found = last && (last.found === 0 ? "✓ nothing was found any more" : typeof last.found === "number" ? `✕ ${count(last.found, "trace")} found` : "");
  return [
    factsOf([
      ["waits for the next purge", el("span", { class: overdue ? "missed" : "" }, overdue ? `✕ ${waits}: overdue` : waits)],
      ["at the latest after", typeof bound === "number" ? inDays(bound) : null],
      ["last certificate", last ? el("span", {}, timed(last.at), found ? `: ${found}` : "") : "none yet"],
    ]),
    ...(last?.id ? [drawCertificate(last.id, "The last certificate")] : []),
  ];
}

/** @param {number} days @returns {string} */
export const inDays = (days) => (days < 1 ? "less than a day" : count(Math.floor(days), "day"));
