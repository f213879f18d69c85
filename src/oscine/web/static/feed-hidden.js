// The posts that were hidden in this browser, so that none comes back where no account remembers them.

/** @typedef {import("./api.js").Post} Post */

const KEPT = "oscine.feed.hidden";
const MOST = 1_000;

const hidden = new Set(held());
const named = ({ network, id }) => `${network}/${id}`;

/** @param {Post} post @returns {boolean} */
export const isHidden = (post) => hidden.has(named(post));

/** @param {Post} post */
export function hide(post) {
  hidden.add(named(post));
  keep();
}

/** @param {Post} post */
export function unhide(post) {
  hidden.delete(named(post));
  keep();
}

export function forgetHidden() {
  hidden.clear();
  keep();
}

function keep() {
  try {
    localStorage.setItem(KEPT, JSON.stringify([...hidden].slice(-MOST)));
  } catch {
    // no storage: it holds until the page is left
  }
}

/** @returns {string[]} */
function held() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}
