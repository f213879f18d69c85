// What the network's models make for a person: drafts of a post or a reply, a text rewritten, a picture. Nothing is posted unless they say so.

import "./shell.js";
import { get, getPost, send } from "./api.js";
import { asking } from "./asking.js";
import { byId, el } from "./dom.js";
import { drawDrafts } from "./drafts.js";
import { note, problem } from "./notice.js";
import "./picturing.js";
import { offerPosting } from "./posting.js";
import { drawPost } from "./post-card.js";
import "./rewriting.js";
import { tabs } from "./tabs.js";

const address = new URLSearchParams(location.search);
const answered = { reply_to: address.get("reply_to") ?? "", network: address.get("network") ?? "" };
const box = /** @type {HTMLTextAreaElement} */ (byId("beginning"));

let generated = false; // whether what stands in the box came from a model, however much was changed since

const FORMS = {
  post: "a small model that learned from this network's posts. It continues posts; it does not know facts.",
  chat: "a model that answers messages. What it says may be wrong.",
};
const TITLES = { post: answered.reply_to ? "Draft a reply" : "Draft a post", rewrite: "Say it otherwise", picture: "Make a picture" };
const GONE = "The post to reply to has been deleted, or may not be seen by you.";

async function showWriter() {
  const place = byId("writer");
  try {
    const { data } = await get("/v1/models");
    const model = data.find(({ form }) => form);
    place.replaceChildren(
      model
        ? el("p", { class: "lead" }, "Written by ", el("b", {}, model.id), `, ${FORMS[model.form] ?? FORMS.chat}`)
        : note(
            "No language model is in use.",
            el("span", {}, "Make one from this network's posts with ", el("code", {}, "oscine train"), ", then ", el("code", {}, "oscine models add NAME"),
              " and ", el("code", {}, "oscine models use NAME"), "."),
          ),
    );
  } catch (error) {
    place.replaceChildren(problem(error, showWriter));
  }
}

async function showAnswered() {
  if (!answered.reply_to) return;
  const place = byId("answered");
  try {
    place.replaceChildren(drawPost(await getPost(answered.reply_to, answered.network)));
  } catch (error) {
    place.replaceChildren(error.status === 404 ? note(GONE, el("a", { href: "/search" }, "Search the posts")) : problem(error, showAnswered));
  }
}

async function draft() {
  const temperature = Number(/** @type {HTMLSelectElement} */ (byId("temperature")).value);
  const own_voice = /** @type {HTMLInputElement} */ (byId("own-voice")).checked;
  return drawDrafts(await send("POST", "/v1/drafts", { beginning: box.value, temperature, own_voice, ...answered }), use);
}

/** @param {string} text a draft, to be edited in the box */
function use(text) {
  box.value = text;
  generated = true;
  document.dispatchEvent(new CustomEvent("oscine:used"));
  box.focus();
  box.setSelectionRange(text.length, text.length);
}

asking(/** @type {HTMLFormElement} */ (byId("write")), byId("drafts"), "Writing…", draft, (error) => (error.status === 404 ? note(GONE) : null));
offerPosting(box, () => ({ text: box.value.trim(), generated, ...answered })).catch(() => {}); // without it there is still all the rest
box.addEventListener("input", () => {
  if (!box.value.trim()) generated = false;
});
tabs(byId("tabs"), (name) => {
  byId("title").textContent = TITLES[name];
  document.title = `${answered.reply_to && name === "post" ? "Reply" : "Write"} · Oscine`;
  byId("writer").hidden = name === "picture";
});
showWriter();
showAnswered();
