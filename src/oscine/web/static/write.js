// Drafts of a post, or of a reply, by the model in use. Nothing is posted from here.

import "./shell.js";
import { get, getPost, isAbort, send } from "./api.js";
import { byId, el } from "./dom.js";
import { drawDrafts } from "./drafts.js";
import { note, problem } from "./notice.js";
import { drawPost } from "./post-card.js";

const address = new URLSearchParams(location.search);
const answered = { reply_to: address.get("reply_to") ?? "", network: address.get("network") ?? "" };
const box = /** @type {HTMLTextAreaElement} */ (byId("beginning"));
const button = /** @type {HTMLButtonElement} */ (byId("send"));

const FORMS = {
  post: "a small model that learned from this network's posts. It continues posts; it does not know facts.",
  chat: "a model that answers messages, told to draft posts. What it says may be wrong.",
};
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
  byId("title").textContent = "Draft a reply";
  document.title = "Reply · Oscine";
  try {
    place.replaceChildren(drawPost(await getPost(answered.reply_to, answered.network)));
  } catch (error) {
    place.replaceChildren(error.status === 404 ? note(GONE, el("a", { href: "/search" }, "Search the posts")) : problem(error, showAnswered));
  }
}

async function draft() {
  const place = byId("drafts");
  button.disabled = true;
  place.setAttribute("aria-busy", "true");
  place.replaceChildren(el("p", { class: "state" }, "Writing…"));
  try {
    const temperature = Number(/** @type {HTMLSelectElement} */ (byId("temperature")).value);
    const given = await send("POST", "/v1/drafts", { beginning: box.value, temperature, ...answered });
    place.replaceChildren(...drawDrafts(given, use));
  } catch (error) {
    if (isAbort(error)) return;
    place.replaceChildren(error.status === 404 ? note(GONE) : problem(error, draft));
  } finally {
    button.disabled = false;
    place.removeAttribute("aria-busy");
  }
}

/** @param {string} text a draft, to be edited in the box */
function use(text) {
  box.value = text;
  box.focus();
  box.setSelectionRange(text.length, text.length);
}

byId("write").addEventListener("submit", (event) => {
  event.preventDefault();
  draft();
});
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  event.preventDefault();
  if (!button.disabled) draft();
});

showWriter();
showAnswered();
