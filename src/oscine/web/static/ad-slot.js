// An ad as people see it: marked, with who pays; and, where it is a real one, with why it is here, "less of this", and what is counted.
// It is counted as shown once drawn, and as viewable once half of it was on the screen for a second (IAB/MRC viewability; 30% of a large one).

import { drawWhy } from "./ad-why.js";
import { call, get } from "./api.js";
import { el, shortAddress, webAddress } from "./dom.js";
import { base64 } from "./file.js";
import { languageTag } from "./format.js";
import { problem } from "./notice.js";

/** @typedef {{url: string, alt: string, width?: number, height?: number}} Picture */
/** @typedef {{headline: string, body?: string, action?: string, hashtags?: string[], link?: string, lang?: string, brand?: string, generated?: boolean,
 *   paid_by: string, on_behalf_of?: string, picture?: Picture|null}} Ad */
/** @typedef {Ad & {token: string, click: string, impression: string, viewable: string}} ServedAd */

const VIEWABLE_AFTER = 1000; // milliseconds
const LARGE = 242_500; // CSS pixels

/** @param {Ad} ad @param {string} [link] where it leads, if it is to be followed @returns {HTMLElement} */
export function drawAd(ad, link) {
  const leads = webAddress(ad.link);
  const texts = [
    ad.picture ? el("img", { src: ad.picture.url, alt: ad.picture.alt, width: ad.picture.width, height: ad.picture.height }) : null,
    el("span", { class: "headline" }, ad.headline),
    ad.body ? el("span", { class: "body" }, ad.body) : null,
    el("span", { class: "action" }, ad.action ? el("span", { class: "button" }, ad.action) : null, leads ? el("span", { class: "host", dir: "ltr" }, shortAddress(leads)) : null),
  ];
  const shown = { class: "ad-body", dir: "auto", lang: languageTag(ad.lang) };
  return el("article", { class: "ad", "aria-label": `Ad: ${ad.headline}` }, mark(ad),
    link ? el("a", { ...shown, href: link, target: "_blank", rel: "sponsored noopener noreferrer", referrerpolicy: "no-referrer" }, ...texts) : el("div", shown, ...texts),
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

/** @param {ServedAd} ad @returns {HTMLElement} to be put into the page at once: it is counted from there on */
export function placeAd(ad) {
  const drawn = drawAd({ ...ad, link: "" }, ad.click);
  const told = el("div", { class: "ad-why" });
  const menu = el("details", { class: "ad-menu" }, el("summary", {}, "Why this ad?"), told);
  const ask = () => get(`/v1/ads/why/${encodeURIComponent(ad.token)}`).then((why) => told.replaceChildren(drawWhy(why)), (error) => told.replaceChildren(problem(error, ask)));
  menu.addEventListener("toggle", ask, { once: true });
  drawn.append(menu);
  requestAnimationFrame(() => tell(ad.impression));
  watch(drawn, () => tell(ad.viewable));
  return drawn;
}

/** @param {string} address */
const tell = (address) => fetch(address, { method: "POST", keepalive: true, credentials: "omit" }).catch(() => {});

/** @param {HTMLElement} ad @param {() => void} seen called once */
function watch(ad, seen) {
  let waiting = 0;
  const stop = new AbortController();
  const observer = new IntersectionObserver((entries) => {
    const { intersectionRatio, boundingClientRect } = entries[entries.length - 1];
    clearTimeout(waiting);
    if (document.hidden || intersectionRatio < (boundingClientRect.width * boundingClientRect.height >= LARGE ? 0.3 : 0.5)) return;
    waiting = setTimeout(() => {
      stop.abort();
      observer.disconnect();
      seen();
    }, VIEWABLE_AFTER);
  }, { threshold: [0.3, 0.5] });
  observer.observe(ad);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(waiting);
    observer.unobserve(ad);
    if (!document.hidden) observer.observe(ad); // which tells how much of it is seen now
  }, { signal: stop.signal });
}
