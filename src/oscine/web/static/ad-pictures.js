// All sizes of one variant as pictures, to look at and to download, one or all.

import { call, isAbort, send } from "./api.js";
import { el } from "./dom.js";
import { base64 } from "./file.js";
import { problem } from "./notice.js";

/** @typedef {{size: string, width: number, height: number, png: string, alt: string, layout: string, contrast: number, smallest: number, generated: string[], signed: boolean}} Drawn */

const WIDEST = 728, TALLEST = 420; // CSS pixels that a picture is shown in; small ones are shown as they are
let looks = 0; // each press gives another composition

/**
 * @param {HTMLElement} place
 * @param {import("./ad-card.js").Variant} variant
 * @param {import("./ad-card.js").Creatives} made
 * @param {HTMLElement} card where to go back to
 */
export async function drawPictures(place, variant, made, card) {
  const body = wish(variant, made, looks++);
  const again = () => drawPictures(place, variant, made, card);
  const close = () => {
    place.replaceChildren();
    card.focus();
  };
  const head = () => [
    el("h2", { dir: "auto" }, variant.headline),
    el("p", { class: "offers" }, el("button", { type: "button", onclick: again }, "Another look"), el("button", { type: "button", onclick: () => downloadAll(place, body) }, "Download all"),
      el("button", { type: "button", onclick: close }, "Close"), photoField(made, again),
      made.backgrounds ? backgroundField(made, again) : null),
  ];
  place.setAttribute("aria-busy", "true");
  place.replaceChildren(...head(), el("p", { class: "state", role: "status" }, "Drawing eight sizes…"));
  place.scrollIntoView({ block: "nearest" });
  try {
    const { pictures, notes } = await send("POST", "/v1/ads/pictures", body);
    kept.set(variant, { words: words(variant), pictures });
    document.dispatchEvent(new CustomEvent("oscine:ads"));
    place.replaceChildren(...head(), ...(notes ?? []).map((text) => el("p", { class: "hint" }, text)), el("ul", { class: "sizes" }, ...[...pictures].sort((one, other) => shown(other) * other.height - shown(one) * one.height).map(drawOne)));
    place.focus({ preventScroll: true });
  } catch (error) {
    if (!isAbort(error)) place.replaceChildren(...head(), problem(error, again));
  } finally {
    place.removeAttribute("aria-busy");
  }
}

/** @type {WeakMap<object, {words: string, pictures: Drawn[]}>} the last look of each variant */
const kept = new WeakMap();

/** @param {import("./ad-card.js").Variant} variant @returns {string} what stands on its pictures */
const words = ({ headline, body, action }) => JSON.stringify([headline, body, action]);

/** @param {import("./ad-card.js").Variant} variant @returns {Drawn[]} the pictures that were drawn of it, if its words are still the same */
export function drawnOf(variant) {
  const last = kept.get(variant);
  return last?.words === words(variant) ? last.pictures : [];
}

/** @param {import("./ad-card.js").Variant} variant @param {import("./ad-card.js").Creatives} made @returns {Promise<Drawn[]>} those that were drawn of it, or new ones */
export async function picturesOf(variant, made) {
  if (!drawnOf(variant).length) kept.set(variant, { words: words(variant), pictures: (await send("POST", "/v1/ads/pictures", wish(variant, made, 0))).pictures });
  return drawnOf(variant);
}

/** @returns {Record<string, any>} */
function wish(variant, made, seed) {
  const audience = made.audiences.find(({ name }) => name === variant.audience);
  return {
    headline: variant.headline, body: variant.body, action: variant.action, lang: variant.lang, brand: made.page.site, colours: made.page.colours,
    topic: made.page.topic, audience: audience?.description ?? "",
    photo: photos.get(made) ?? null, photo_url: photos.has(made) || backgrounds.has(made) ? "" : pictureOf(made, "photo"), background: backgrounds.has(made), logo_url: pictureOf(made, "logo"), seed,
  };
}

/** @type {WeakMap<object, string>} the photo that was given, as base64 */
const photos = new WeakMap();

/** @type {WeakSet<object>} whether the image model draws the background */
const backgrounds = new WeakSet();

/** @param {object} made @param {() => void} again @returns {HTMLElement} */
function backgroundField(made, again) {
  const box = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", checked: backgrounds.has(made) }));
  box.addEventListener("change", () => {
    if (box.checked) backgrounds.add(made);
    else backgrounds.delete(made);
    again();
  });
  return el("label", { class: "photo" }, box, "Generated background");
}

/** @returns {string} */
const pictureOf = (made, kind) => made.page.pictures.find((picture) => picture.kind === kind)?.url ?? "";

/** @param {object} made @param {() => void} again @returns {HTMLElement} */
function photoField(made, again) {
  const input = /** @type {HTMLInputElement} */ (el("input", { type: "file", accept: "image/png,image/jpeg,image/webp" }));
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    if (!file) return;
    photos.set(made, await base64(file));
    again();
  });
  return el("label", { class: "photo" }, "Your own photo ", input);
}

/** @param {{width: number, height: number}} drawn @returns {number} the scale at which it is shown */
const shown = ({ width, height }) => Math.min(1, TALLEST / height, WIDEST / width);

/** @param {Drawn} drawn @returns {HTMLElement} */
function drawOne({ size, width, height, png, alt, contrast, smallest, layout, generated, signed }) {
  const address = `data:image/png;base64,${png}`;
  const facts = [`${width} × ${height}`, `contrast ${contrast.toFixed(1)}:1`, `text from ${Math.round(smallest)} px`, layout.replaceAll("_", " "),
    ...(signed ? ["signed"] : []), ...(generated.some((what) => what !== "layout") ? [`generated: ${generated.join(", ")}`] : ["composed"])];
  const item = el("li", {},
    el("img", { src: address, alt, width, height }),
    el("p", { class: "facts" }, facts.join(" · "), " ", el("a", { href: address, download: `${size}.png` }, "Download")));
  item.style.width = `${Math.round(width * shown({ width, height }))}px`;
  return item;
}

/** @param {HTMLElement} place @param {Record<string, any>} body */
async function downloadAll(place, body) {
  try {
    const reply = await call("/v1/ads/pictures", { method: "POST", body: JSON.stringify(body), headers: { Accept: "application/zip", "Content-Type": "application/json" } });
    const address = URL.createObjectURL(await reply.blob());
    const link = /** @type {HTMLAnchorElement} */ (el("a", { href: address, download: "ads.zip" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  } catch (error) {
    if (!isAbort(error)) place.append(problem(/** @type {Error} */ (error)));
  }
}
