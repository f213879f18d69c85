// What the policy says of one variant, and an appeal against it: a machine sorts, people decide.

import { isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { problem } from "./notice.js";

/** @typedef {{rule: string, category: string, decision: string, where: string, words: string, why: string}} Reason */
/** @typedef {{id: number, state: string, verdict: {decision: string, reasons: Reason[]}, steps: {kind: string, words: string}[]}} Review */

const SAID = {
  accept: "Nothing speaks against it.",
  refer: "A person has to look at it.",
  refuse: "It is refused.",
};

/**
 * @param {HTMLElement} place
 * @param {import("./ad-card.js").Variant} variant
 * @param {import("./ad-card.js").Creatives} made
 */
export async function drawReview(place, variant, made) {
  const { page, audiences } = made;
  const audience = audiences.find(({ name }) => name === variant.audience);
  place.setAttribute("aria-busy", "true");
  try {
    showReview(place, await send("POST", "/v1/ads/reviews", {
      headline: variant.headline, body: variant.body, action: variant.action, hashtags: variant.hashtags, link: page.url, lang: variant.lang,
      brief: [page.site, page.title, ...page.passages.map(({ text }) => text), ...page.actions].filter(Boolean).join("\n").slice(0, 20_000),
      audience: audience ? { name: audience.name, description: audience.description } : null,
    }));
  } catch (error) {
    if (!isAbort(error)) place.replaceChildren(problem(error, () => drawReview(place, variant, made)));
  } finally {
    place.removeAttribute("aria-busy");
  }
}

/** @param {HTMLElement} place @param {Review} review */
export function showReview(place, review) {
  const { decision, reasons } = review.verdict;
  place.replaceChildren(
    el("p", { class: `verdict ${decision}`, role: "status" }, `Review ${review.id}: ${SAID[decision] ?? decision}`),
    drawReasons(reasons),
    ...(decision === "refuse" ? [appealed(review) ?? appealing(place, review)] : []),
  );
}

/** @param {Reason[]} reasons @returns {HTMLElement} */
export const drawReasons = (reasons) =>
  el("ul", { class: "reasons" }, ...reasons.map(({ rule, words, why }) => el("li", {}, el("code", {}, rule), words ? el("q", { dir: "auto" }, words) : null, ` ${why}`)));

/** @param {Review} review @returns {HTMLElement|null} */
function appealed({ steps }) {
  return steps.some(({ kind }) => kind === "appeal") ? el("p", { class: "hint" }, "You appealed; a person will decide.") : null;
}

/** @param {HTMLElement} place @param {Review} review @returns {HTMLElement} */
function appealing(place, review) {
  const words = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows: 2, maxlength: 2000, required: true, "aria-label": "Why it should run" }));
  const form = el("form", { class: "appeal" }, words, el("button", {}, "Appeal"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      showReview(place, await send("POST", `/v1/ads/reviews/${review.id}/appeal`, { words: words.value.trim() }));
    } catch (error) {
      if (!isAbort(error)) place.append(problem(/** @type {Error} */ (error)));
    }
  });
  return form;
}
