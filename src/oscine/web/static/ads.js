// The studio: from a page or a brief to variants side by side, each claim beside its passage, all sizes of pictures, and the campaign that runs them.

import "./shell.js";
import { drawVariant } from "./ad-card.js";
import { drawDropped, drawMeasures, drawPage } from "./ad-page.js";
import { get, isAbort, send } from "./api.js";
import { byId, el } from "./dom.js";
import { count } from "./format.js";
import { openLaunch } from "./launch.js";
import { note, problem } from "./notice.js";

const source = /** @type {HTMLTextAreaElement} */ (byId("source"));
const html = /** @type {HTMLTextAreaElement} */ (byId("html"));
const audiences = /** @type {HTMLTextAreaElement} */ (byId("audiences"));
const placement = /** @type {HTMLSelectElement} */ (byId("placement"));
const many = /** @type {HTMLSelectElement} */ (byId("count"));
const languages = /** @type {HTMLInputElement} */ (byId("languages"));
const button = /** @type {HTMLButtonElement} */ (byId("send"));
const studio = byId("studio");
const state = byId("state");

const TICKED = 2; // of each audience, to begin with: a campaign learns among several
let draws = false; // whether backgrounds can be generated here

const isAddress = (text) => /^(https?:\/\/\S+|(?!\S*@)[\w-]+(\.[\w-]+)*\.[a-z]{2,}(\/\S*)?)$/i.test(text);

/** @returns {Record<string, any>} what is asked for */
function wish() {
  const text = source.value.trim();
  const address = isAddress(text) ? (/^https?:/i.test(text) ? text : `https://${text}`) : "";
  const page = html.value.trim() ? { html: html.value, url: address } : address ? { url: address } : { brief: text };
  const lines = audiences.value.split("\n").map((line) => line.trim()).filter(Boolean);
  const asked = lines.map((line) => {
    const [name, ...rest] = line.split(":");
    return { name: name.trim(), description: rest.join(":").trim() || name.trim() };
  });
  return { ...page, audiences: asked, placement: placement.value, count: Number(many.value), languages: languages.value.toLowerCase().match(/[a-z]{2,3}/g) ?? [] };
}

async function make() {
  if (!source.value.trim() && !html.value.trim()) return source.focus();
  button.disabled = true;
  studio.setAttribute("aria-busy", "true");
  byId("trouble").replaceChildren();
  state.textContent = "Reading and writing…";
  try {
    show({ ...(await send("POST", "/v1/ads/creatives", wish())), backgrounds: draws });
  } catch (error) {
    state.textContent = "";
    if (!isAbort(error)) byId("trouble").replaceChildren(problem(error, make));
  } finally {
    button.disabled = false;
    studio.removeAttribute("aria-busy");
  }
}

/** @param {import("./ad-card.js").Creatives} made */
function show(made) {
  const names = [...new Set(made.variants.map((variant) => variant.audience))];
  for (const name of names) made.variants.filter(({ audience }) => audience === name).slice(0, TICKED).forEach((variant) => (variant.runs = true)); // the best stand first
  byId("sheet").replaceChildren();
  byId("page").replaceChildren(drawPage(made.page), drawMeasures(made.measures), drawDropped(made.dropped));
  byId("variants").replaceChildren(
    ...names.map((name) => column(name, made)),
    ...(names.length ? [] : [note("This page says too little to advertise.", "Add sentences on what is offered, for whom, and what it costs.")]),
  );
  studio.hidden = false;
  state.textContent = `${count(made.variants.length, "variant")} from ${count(made.page.passages.length, "passage")} of ${made.page.site || made.page.title || "the brief"}.`;
  if (names.length) openLaunch(made, [...placement.options].map(({ value }) => value));
  byId("variants").querySelector("article")?.focus({ preventScroll: false });
}

/** @param {string} name @param {import("./ad-card.js").Creatives} made @returns {HTMLElement} */
function column(name, made) {
  const own = made.variants.filter((variant) => variant.audience === name);
  const best = Math.max(...own.map(({ score }) => score ?? 0));
  const worst = Math.min(...own.map(({ score }) => score ?? 0));
  return el(
    "section",
    { class: "column", "aria-label": name || "Everybody" },
    el("h2", { dir: "auto" }, name || "Everybody"),
    el("ol", {}, ...own.map((variant, at) => el("li", {}, drawVariant(variant, { made, rank: at + 1, best, worst })))),
  );
}

/** @param {number} step @returns {void} moves the focus from card to card */
function move(step) {
  const cards = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#variants article")]);
  const now = cards.findIndex((card) => card.contains(document.activeElement));
  const next = cards[Math.min(Math.max(now + step, 0), cards.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** @param {string} action presses the button of the card in focus */
function press(action) {
  const card = document.activeElement?.closest("#variants article");
  /** @type {HTMLButtonElement|null|undefined} */ (card?.querySelector(`[data-action="${action}"]`))?.click();
}

const KEYS = { j: () => move(1), k: () => move(-1), e: () => press("edit"), p: () => press("pictures"), r: () => press("review"), t: () => press("tick") };

document.addEventListener("keydown", (event) => {
  const field = event.target instanceof Element ? event.target.closest("input, textarea, select") : null;
  if (event.key === "Escape" && field instanceof HTMLElement) return field.blur();
  if (field || event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key]();
});
byId("make").addEventListener("submit", (event) => {
  event.preventDefault();
  make();
});
byId("make").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  event.preventDefault();
  if (!button.disabled) make();
});

get("/v1/ads/placements").then(
  ({ data, backgrounds }) => {
    draws = backgrounds;
    placement.replaceChildren(...data.map(({ name, headline, body }) => el("option", { value: name }, `${name} (${headline} + ${body} characters)`)));
  },
  (error) => byId("trouble").replaceChildren(problem(error)),
);
