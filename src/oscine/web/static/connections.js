// The operator's page of connections: how each stands, looked up again and again. A card stays where it is and is told the new figures.

import "./shell.js";
import { get, isAbort } from "./api.js";
import { drawConnection } from "./connection.js";
import { byId } from "./dom.js";
import { note, problem } from "./notice.js";

const EVERY = 5_000; // milliseconds between looks
const content = byId("content"), trouble = byId("trouble");
const none = note("Nothing is connected yet.", "Run oscine connect bluesky, or oscine connect mastodon HOST, and leave it running.");

/** @type {Map<string, {card: HTMLElement, tell: (stands: any) => void}>} by name */
const cards = new Map();
let waiting = 0;

async function look() {
  clearTimeout(waiting);
  try {
    show(await get("/v1/connections"));
    trouble.replaceChildren();
  } catch (error) {
    if (isAbort(error)) return;
    trouble.replaceChildren(problem(/** @type {Error} */ (error)));
    if (/** @type {any} */ (error).status === 403) return; // it stays so until there is another key
  } finally {
    content.removeAttribute("aria-busy");
  }
  if (!document.hidden) waiting = setTimeout(look, EVERY);
}

/** @param {any[]} connections */
function show(connections) {
  for (const stands of connections) {
    if (!cards.has(stands.name)) cards.set(stands.name, drawConnection(stands.name, look));
    cards.get(stands.name)?.tell(stands);
  }
  const shown = connections.length ? connections.map(({ name }) => /** @type {any} */ (cards.get(name)).card) : [none];
  if (shown.some((card, i) => content.children[i] !== card) || content.childElementCount !== shown.length) content.replaceChildren(...shown);
}

document.addEventListener("visibilitychange", () => !document.hidden && look());
document.addEventListener("oscine:key", () => look());
look();
