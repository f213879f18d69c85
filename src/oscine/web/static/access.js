// The operator's page of access: keys and their licences, the log, what waits for a decision or a purge.

import "./shell.js";
import { drawIncidents } from "./access-incidents.js";
import { drawKeys } from "./access-keys.js";
import { drawLog } from "./access-log.js";
import { drawMaking } from "./access-make.js";
import { get, isAbort } from "./api.js";
import { byId, el } from "./dom.js";
import { problem } from "./notice.js";
import { section } from "./section.js";
import { deletionFacts } from "./trust-kept.js";

const content = byId("content");

async function load() {
  try {
    const { keys } = await get("/v1/keys");
    draw(Array.isArray(keys) ? keys : []);
  } catch (error) {
    if (!isAbort(error)) content.replaceChildren(problem(/** @type {Error} */ (error), /** @type {any} */ (error).status === 403 ? null : load));
  } finally {
    content.removeAttribute("aria-busy");
  }
}

/** @param {any[]} first */
function draw(first) {
  const named = new Map();
  const list = el("div", {});
  const log = drawLog(named);
  /** @param {any[]} keys */
  const show = (keys) => {
    for (const { id, name } of keys) named.set(id, name);
    list.replaceChildren(...drawKeys(keys, again));
    log.offer(keys);
  };
  async function again() {
    const { keys = [] } = await get("/v1/keys");
    show(keys);
    log.refresh();
  }
  show(first);
  content.replaceChildren(drawRooms(), section("keys", "Keys and licences", drawMaking(again), list), log.place, drawWaiting(), drawIncidents());
}

const ROOMS = /** @type {[string, string][]} */ ([["#keys", "Keys and licences"], ["#log", "Log"], ["#waiting", "What waits"], ["#incidents", "Incidents"], ["/labels", "Review labels"], ["/ads/queue", "Review ads"]]);
const drawRooms = () => el("nav", { class: "rooms", "aria-label": "Access" }, ...ROOMS.map(([href, words]) => el("a", { href }, words)));

/** @returns {HTMLElement} */
function drawWaiting() {
  const facts = el("div", {});
  const review = el("p", {}, el("a", { href: "/labels" }, "Appeals against labels, and labels that the machine is unsure of"), " wait for a person there.");
  const look = () =>
    get("/v1/trust").then(({ deletion }) => facts.replaceChildren(...(deletion ? deletionFacts(deletion) : [el("p", { class: "none" }, "Nothing is told of deletions.")])),
      (error) => isAbort(error) || facts.replaceChildren(problem(error, look)));
  look();
  return section("waiting", "What waits", review, el("h3", {}, "Deletions"), facts, el("p", { class: "hint" }, "A purge takes what was deleted out of every file: ", el("code", {}, "oscine purge"), "; what waits: ", el("code", {}, "oscine purge --pending"), "."));
}

load();
