// A sentence and its sources point at each other: hovering or focusing one marks the other.
//
// Sentences carry data-cites="1 3", sources data-number="3", both inside one answer.

/** @param {HTMLElement} answer */
export function pairUp(answer) {
  const mark = (event) => {
    const at = event.target instanceof Element ? event.target.closest("[data-cites], [data-number]") : null;
    clear(answer);
    if (!(at instanceof HTMLElement)) return;
    // A number inside a sentence stands for its own source, the sentence's text for all of them.
    const numbers = at.dataset.number ? [at.dataset.number] : (at.dataset.cites ?? "").split(" ").filter(Boolean);
    if (!numbers.length) return;
    for (const number of numbers) source(answer, number)?.classList.add("marked");
    if (at.dataset.number) {
      for (const sentence of answer.querySelectorAll("[data-cites]")) {
        if (/** @type {HTMLElement} */ (sentence).dataset.cites?.split(" ").includes(numbers[0])) sentence.classList.add("marked");
      }
    } else at.classList.add("marked");
  };
  answer.addEventListener("pointerover", mark);
  answer.addEventListener("focusin", mark);
  answer.addEventListener("pointerleave", () => clear(answer));
  answer.addEventListener("focusout", () => clear(answer));
}

/** @param {HTMLElement} answer @param {string} number @returns {HTMLElement|null} */
const source = (answer, number) => answer.querySelector(`.source[data-number="${CSS.escape(number)}"]`);

/** @param {HTMLElement} answer */
function clear(answer) {
  for (const element of answer.querySelectorAll(".marked")) element.classList.remove("marked");
}

/**
 * Go to the other end without changing the page's address, which belongs to the question.
 * @param {HTMLElement|null} target
 */
export function goTo(target) {
  if (!target) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "nearest" });
}
