// The page about oneself: what is held, where one's words went, what may be done with them, and how to take them back.

import "./shell.js";
import { get, isAbort, send } from "./api.js";
import { drawConsent } from "./consent.js";
import { byId } from "./dom.js";
import { key } from "./key.js";
import { drawHeld, drawWho } from "./me-held.js";
import { drawLabels } from "./me-labels.js";
import { drawCertificates, drawLeaving } from "./me-leave.js";
import { drawPosts } from "./me-posts.js";
import { drawReads } from "./me-reads.js";
import { drawStranger } from "./me-stranger.js";
import { drawUsed } from "./me-used.js";
import { problem } from "./notice.js";

const content = byId("content");

async function load() {
  try {
    const { networks = [], me } = await get("/v1/sign-in");
    if (!me && !key()) return content.replaceChildren(drawStranger(networks));
    draw(await get("/v1/me"));
  } catch (error) {
    if (isAbort(error)) return;
    const { status } = /** @type {any} */ (error);
    content.replaceChildren(problem(/** @type {Error} */ (error), status === 403 ? null : load), ...(status === 403 ? [drawStranger([], true)] : []));
  } finally {
    content.removeAttribute("aria-busy");
  }
}

/** @param {any} told a part that is missing is drawn as empty */
function draw(told) {
  const listed = (value) => (Array.isArray(value) ? value : []);
  const account = typeof told.account === "object" && told.account ? told.account : { account: told.account, handle: told.handle, network: told.network };
  let certificates = drawCertificates(listed(told.deletions));
  const tookBack = async () => {
    const before = certificates;
    certificates = drawCertificates(listed((await get("/v1/me")).deletions));
    before.replaceWith(certificates);
  };
  const choose = async (word) => {
    await send("PUT", "/v1/me/choices", word);
    tookBack().catch(() => {}); // the choice is saved; the list is told again when the page is
  };
  content.replaceChildren(
    drawWho(account), drawHeld(listed(told.held)), drawReads(told.reads ?? {}), drawConsent(told.choices ?? {}, choose),
    drawLabels(listed(told.labels)), drawUsed(listed(told.corpora), listed(told.models)), drawPosts(account, () => tookBack().catch(() => {})), certificates, drawLeaving(account),
  );
}

document.addEventListener("oscine:key", load);
load();
