// What somebody wrote or chose, posted as themselves on their own network: read once more, then said yes to.

import { get, isAbort, send } from "./api.js";
import { byId, el } from "./dom.js";
import { problem } from "./notice.js";

/** @typedef {{text: string, generated: boolean, reply_to: string, network: string}} Draft */

/**
 * Offer to post what stands in a box, to whoever signed in.
 * @param {HTMLTextAreaElement} box
 * @param {() => Draft} draft what stands there now
 */
export async function offerPosting(box, draft) {
  const { networks, me } = await get("/v1/sign-in");
  const place = byId("posting");
  if (!networks.length) return;
  if (!me?.may_post) {
    const link = el("a", { href: "/sign-in?post" }, me ? "Sign in again to post as yourself" : "Sign in to post as yourself");
    return place.replaceChildren(el("p", { class: "hint" }, link));
  }
  const { network } = draft();
  if (network && network !== me.network) return place.replaceChildren(el("p", { class: "hint" }, `The post to answer is on ${network}; you signed in with ${me.network}.`));
  const button = /** @type {HTMLButtonElement} */ (el("button", { type: "button" }, "Post as ", el("bdi", {}, `@${me.handle}`), "…"));
  const show = () => {
    button.disabled = !box.value.trim();
  };
  const ask = () => place.replaceChildren(button);
  button.addEventListener("click", () => place.replaceChildren(confirmation(me, draft(), ask)));
  box.addEventListener("input", () => (ask(), show()));
  document.addEventListener("oscine:used", show);
  ask();
  show();
}

/** @param {import("./sign-in.js").Account} me @param {Draft} draft @param {() => void} back @returns {HTMLElement} */
function confirmation(me, draft, back) {
  const once = crypto.randomUUID(); // pressed twice, or sent again after a break: one post
  const machine = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", checked: draft.generated }));
  const yes = /** @type {HTMLButtonElement} */ (el("button", { class: "primary" }, "Post it now"));
  const place = el("div", { "aria-live": "polite" });
  const form = el("form", { class: "confirm", "aria-labelledby": "confirm-title" },
    el("h2", { id: "confirm-title" }, "Post this as ", el("bdi", {}, `@${me.handle}`), "?"), el("blockquote", { dir: "auto" }, draft.text),
    el("p", { class: "hint" }, draft.reply_to ? "It answers the post above. " : "", me.network === "bluesky" ? "On Bluesky, everybody sees it." : `On ${me.network}, everybody sees it.`),
    el("label", { class: "check" }, machine, "A machine wrote it, or most of it: mark it where my network has a mark for that"),
    el("p", { class: "offers" }, yes, el("button", { type: "button", onclick: back }, "Not yet")), place);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    yes.disabled = true;
    try {
      const { id } = await send("POST", "/v1/me/posts", { text: draft.text, reply_to: draft.reply_to, generated: machine.checked, once, confirmed: true });
      form.replaceChildren(el("p", { role: "status", class: "posted" }, "Posted as ", el("bdi", {}, `@${me.handle}`), ": ", el("code", {}, id)));
    } catch (error) {
      yes.disabled = false;
      if (!isAbort(error)) place.replaceChildren(problem(/** @type {Error} */ (error)));
    }
  });
  return form;
}
