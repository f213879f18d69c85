// For who is not known yet: how the page learns whose it is.

import { el } from "./dom.js";
import { askForKey } from "./key.js";

/** @param {string[]} networks where one may sign in @param {boolean} [keyed] whether there is a key, which stands for nobody @returns {HTMLElement} */
export function drawStranger(networks, keyed = false) {
  const give = () => askForKey("Give a key that acts for your account.");
  const ways = [
    networks.length ? el("li", {}, el("a", { href: "/sign-in" }, "Sign in with your network"), ": your password stays there.") : null,
    el("li", {}, keyed ? "Use a key that acts for your account: “Forget key” at the foot of the page makes room for it." : el("button", { type: "button", onclick: give }, "Use a key that acts for your account")),
    el("li", {}, "Without either, ask whoever runs this server. They make a key for you by ", el("code", {}, "oscine keys create --name you --as ACCOUNT --network NETWORK --scope read,write"), "."),
  ];
  return el("section", { class: "part stranger", "aria-labelledby": "stranger-title" }, el("h2", { id: "stranger-title" }, "Whose page is it?"),
    el("p", {}, "What is held about somebody is shown to them alone. So this page has to know which account is yours."), el("ul", {}, ...ways));
}
