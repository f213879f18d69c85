// An ad of the feed: the house's card, marked, with why it is shown. That it was shown and seen is told to whoever pays, by its token alone.

import { drawAd } from "./ad.js";
import { el } from "./dom.js";

const VIEWABLE_AFTER = 1_000; // milliseconds that half of it is on the screen (IAB/MRC viewability)

/** @param {Record<string, any>} ad as the server decided @returns {HTMLElement} an item of the list */
export function drawAdItem(ad) {
  const picture = ad.picture && { ...ad.picture, url: own(ad.picture.url) };
  const card = drawAd({ ...ad, picture, link: undefined, click: own(ad.click) });
  card.append(el("p", { class: "facts" }, el("a", { href: own(ad.why) }, "Why this ad?")));
  const item = el("li", { class: "item ad-item", tabindex: "-1" }, card);
  tell(ad.impression);
  watch(item, () => tell(ad.viewable));
  return item;
}

/** @param {string} address of the server, by whatever name it goes @returns {string} its path here */
function own(address) {
  const { pathname, search } = new URL(address, location.origin);
  return pathname + search;
}

/** @param {string} address */
const tell = (address) => void fetch(own(address), { method: "POST", keepalive: true }).catch(() => {});

/** @param {HTMLElement} item @param {() => void} seen called once */
function watch(item, seen) {
  let waiting = 0;
  const observer = new IntersectionObserver(([{ intersectionRatio }]) => {
    clearTimeout(waiting);
    if (document.hidden || intersectionRatio < 0.5) return;
    waiting = setTimeout(() => {
      if (document.hidden) return;
      observer.disconnect();
      seen();
    }, VIEWABLE_AFTER);
  }, { threshold: [0, 0.5] });
  observer.observe(item);
}
