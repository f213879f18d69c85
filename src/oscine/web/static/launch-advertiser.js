// On whose behalf ads run, who pays, and in what money: one that is known, or a new one.

import { get, send } from "./api.js";
import { el } from "./dom.js";
import { field, input, select } from "./field.js";

const USUAL = "EUR";

/** @typedef {{id: number, name: string, payer: string, currency: string}} Advertiser */

/**
 * @param {string} suggested the new one's name
 * @param {() => void} changed
 * @returns {Promise<{fields: HTMLElement, shown: () => Omit<Advertiser, "id">, chosen: () => Promise<Advertiser>}>} `chosen` keeps a new one first
 */
export async function advertisers(suggested, changed) {
  /** @type {{data: Advertiser[]}} */
  const { data } = await get("/v1/ads/advertisers");
  const chooser = select("advertiser", [...data.map(({ id, name, currency }) => /** @type {[string, string]} */ ([String(id), `${name} (${currency})`])), ["", "A new one…"]]);
  const name = input("advertiser-name", { maxlength: 120, value: suggested, dir: "auto", required: true });
  const payer = input("payer", { maxlength: 120, dir: "auto", placeholder: "the same" });
  const currency = select("currency", Intl.supportedValuesOf("currency").map((code) => [code, code]), USUAL);
  const account = input("account", { maxlength: 300, placeholder: "NETWORK/ACCOUNT" });
  const fresh = /** @type {HTMLFieldSetElement} */ (el("fieldset", { class: "fields" }, el("legend", { class: "unseen" }, "A new advertiser"), field("On whose behalf", name, "The name that people see."),
    field("Who pays", payer, "If another; people see it too."), field("Currency", currency), field("Account on the network", account, "If there is one: who blocked it sees no ad of it.")));
  const known = () => data.find(({ id }) => String(id) === chooser.value);
  const show = () => {
    fresh.hidden = fresh.disabled = Boolean(known());
    changed();
  };
  const typed = () => ({ name: name.value.trim(), payer: payer.value.trim() || name.value.trim(), currency: currency.value });
  chooser.addEventListener("change", show);
  fresh.addEventListener("input", changed);
  fresh.hidden = fresh.disabled = Boolean(known());
  const keep = async () => {
    /** @type {Advertiser} */
    const made = await send("POST", "/v1/ads/advertisers", { ...typed(), account: account.value.trim() });
    data.push(made);
    chooser.prepend(el("option", { value: made.id, selected: true }, `${made.name} (${made.currency})`));
    show();
    return made;
  };
  return {
    fields: el("div", {}, data.length ? field("Advertiser", chooser) : el("span", { hidden: true }, chooser), fresh),
    shown: () => known() ?? typed(),
    chosen: async () => known() ?? keep(),
  };
}
