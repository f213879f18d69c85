// Signing in with one's own network, and what one decides once signed in: consent, sessions, signing out.

import { drawAccount } from "./account.js";
import { get, isAbort, send } from "./api.js";
import { byId, el, webAddress } from "./dom.js";
import { note, problem } from "./notice.js";
import { takeBack } from "./shell.js";

const BLUESKY = "bluesky";
const content = byId("content");
const asked = new URLSearchParams(location.search);

async function load() {
  try {
    const { networks, me } = await get("/v1/sign-in");
    const again = asked.has("post") && !me?.may_post;
    if (me && !again) return await drawAccount(content, me);
    content.replaceChildren(...(networks.length ? drawForm(networks, me) : [nowhere()]));
  } catch (error) {
    if (!isAbort(error)) content.replaceChildren(problem(/** @type {Error} */ (error), load));
  } finally {
    content.removeAttribute("aria-busy");
  }
}

const nowhere = () =>
  note("Nobody signs in here yet.", el("span", {}, "Whoever runs this server names the networks: ", el("code", {}, "OSCINE_SIGN_IN=bluesky,mastodon.example"), "."));

/** @param {string[]} networks @param {Account|null} me @returns {HTMLElement[]} */
function drawForm(networks, me) {
  const choices = networks.map((network, at) => choice(network, me ? network === me.network : at === 0));
  const who = /** @type {HTMLInputElement} */ (
    el("input", { id: "who", autocomplete: "username", autocapitalize: "none", spellcheck: "false", maxlength: 253, placeholder: "you.bsky.social", dir: "ltr", value: me?.network === BLUESKY ? me.handle : "" })
  );
  const named = el("p", { class: "field" }, el("label", { for: "who" }, "Your handle"), who);
  const post = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", checked: asked.has("post"), "aria-describedby": "post-hint" }));
  const place = el("div", { "aria-live": "polite" });
  const form = el("form", { class: "sign-in" },
    el("fieldset", { class: "networks" }, el("legend", {}, "With which network?"), ...choices),
    named,
    el("label", { class: "check" }, post, "Let me post drafts as myself from here"),
    el("p", { id: "post-hint", class: "hint" }, "Without it, all that your network tells us is which account is yours. Nothing is ever posted without your saying so."),
    el("button", { class: "primary" }, "Go to your network"), place);
  const chosen = () => String(new FormData(/** @type {HTMLFormElement} */ (form)).get("network"));
  const show = () => {
    named.hidden = chosen() !== BLUESKY;
    who.required = !named.hidden;
  };
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    leave(form, place, { network: chosen(), who: named.hidden ? "" : who.value, post: post.checked });
  });
  show();
  return [el("p", { class: "lead" }, "You see here what you may see there, and you say what may be done with your posts. Your password stays with your network."), form];
}

/** @param {string} network @param {boolean} checked @returns {HTMLElement} */
const choice = (network, checked) => el("label", { class: "check" }, el("input", { type: "radio", name: "network", value: network, checked }), el("bdi", {}, network === BLUESKY ? "Bluesky" : network));

/** @param {HTMLElement} form @param {HTMLElement} place @param {{network: string, who: string, post: boolean}} wanted */
async function leave(form, place, wanted) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  button.disabled = true;
  place.replaceChildren(el("p", { class: "state" }, "Asking your network…"));
  try {
    const address = webAddress((await send("POST", "/v1/sign-in", wanted)).url);
    if (!address) throw new Error("Your network gave no address to go to.");
    location.assign(address.href);
  } catch (error) {
    button.disabled = false;
    if (!isAbort(error)) place.replaceChildren(problem(/** @type {Error} */ (error)));
  }
}

/** @param {string} network */
async function finish(network) {
  content.replaceChildren(el("p", { class: "state" }, "Signing you in…"));
  const back = Object.fromEntries(["state", "code", "iss", "error"].map((name) => [name, asked.get(name) ?? ""]));
  history.replaceState(null, "", "/sign-in"); // what is in the address is good once, and nobody else's business
  try {
    await send("POST", "/v1/sign-in/finish", { network, ...back });
    const before = takeBack();
    if (before) location.replace(before);
    else location.reload();
  } catch (error) {
    content.removeAttribute("aria-busy");
    if (!isAbort(error)) content.replaceChildren(problem(/** @type {Error} */ (error)), el("p", {}, el("a", { href: "/sign-in" }, "Sign in again")));
  }
}

const came = location.pathname.match(/^\/sign-in\/(.+)$/);
if (came && asked.has("state")) finish(decodeURIComponent(came[1]));
else if (location.hostname === "localhost") location.replace(Object.assign(new URL(location.href), { hostname: "127.0.0.1" }).href);
else load();

/** @typedef {{network: string, account: string, handle: string, may_post: boolean, until: string, consent: {training: string, archive: string, bulk: string, searchable: boolean}}} Account */
