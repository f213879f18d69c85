// An ad as people see it, marked, with who pays. Nothing is counted of it: that is for who shows it in earnest, the tag and the feed.

import { call } from "./api.js";
import { el, shortAddress, webAddress } from "./dom.js";
import { base64 } from "./file.js";
import { languageTag } from "./format.js";

/** @typedef {{url: string, alt: string, width?: number, height?: number}} Picture */
/** @typedef {{headline: string, body?: string, action?: string, hashtags?: string[], link?: string, lang?: string, brand?: string, generated?: boolean,
 *   paid_by: string, on_behalf_of?: string, picture?: Picture|null, click?: string}} Ad `click`: where it leads, when it is more than looked at */

const AWAY = { target: "_blank", rel: "sponsored noopener noreferrer" };

/** @param {Ad} ad @returns {HTMLElement} */
export function drawAd(ad) {
  const leads = webAddress(ad.link);
  const texts = [
    ad.picture ? el("img", { src: ad.picture.url, alt: ad.picture.alt, width: ad.picture.width, height: ad.picture.height }) : null,
    el("span", { class: "headline" }, ad.headline),
    ad.body ? el("span", { class: "body" }, ad.body) : null,
    el("span", { class: "action" }, ad.action ? el("span", { class: "button" }, ad.action) : null, leads ? el("span", { class: "host", dir: "ltr" }, shortAddress(leads)) : null),
  ];
  return el("article", { class: "ad", "aria-label": `Ad: ${ad.headline}` }, mark(ad),
    el(ad.click ? "a" : "div", { class: "ad-body", dir: "auto", lang: languageTag(ad.lang), ...(ad.click && { href: ad.click, ...AWAY }) }, ...texts),
    ad.hashtags?.length ? el("p", { class: "tags", dir: "auto" }, ad.hashtags.join(" ")) : null);
}

/** @param {Ad} ad @returns {HTMLElement} */
function mark({ paid_by, on_behalf_of, generated }) {
  const behalf = on_behalf_of && on_behalf_of !== paid_by ? [" for ", el("bdi", {}, on_behalf_of)] : [];
  return el("p", { class: "ad-mark" }, el("b", {}, "Ad"), " · paid by ", el("bdi", {}, paid_by), ...behalf, generated ? " · words by a machine" : null);
}

const BEST = ["1200x628", "1080x1080", "300x250"]; // of an ad's pictures, the one to be looked at

/** @param {({size: string, alt: string}|string)[]} [pictures] with what they show, or just their sizes @returns {{size: string, alt: string}|null} */
export function widest(pictures = []) {
  const all = pictures.map((each) => (typeof each === "string" ? { size: each, alt: "" } : each));
  return BEST.map((size) => all.find((each) => each.size === size)).find(Boolean) ?? all[0] ?? null;
}

/**
 * A picture of a creative, fetched with the key that the page holds.
 * @param {number} creative @param {string} size @param {string} alt
 * @returns {Promise<Picture>}
 */
export async function pictureOf(creative, size, alt) {
  const png = await (await call(`/v1/ads/pictures/${creative}/${encodeURIComponent(size)}`)).blob();
  return { url: `data:image/png;base64,${await base64(png)}`, alt };
}
