// One question over the wire: the OpenAI stream, read as what it means here.

import { ApiError, call, fromWire, isAbort } from "./api.js";
import { events } from "./sse.js";

/**
 * @typedef {import("./api.js").Post} Post
 * @typedef {{text: string, posts?: string[], stage?: "short"|"sides"|"quoted"|"written"}} Sentence
 * @typedef {{value: string, accounts: number, posts?: string[]}} Side those who say the same, where posts disagree
 * @typedef {{answer: string, sentences: Sentence[], refused: boolean, posts: Post[], model: string, why: string, search: string,
 *   short?: {text: string, posts?: string[]}|null, sides?: Side[]}} Final
 * @typedef {{role: "user"|"assistant", content: string}} Message
 */

/**
 * @param {Message[]} messages the conversation so far, the new question last
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<{text?: string, sentence?: Sentence, posts?: Post[], search?: string, final?: Final}>}
 */
export async function* chat(messages, signal) {
  const response = await call("/v1/chat/completions", {
    method: "POST",
    signal,
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ model: "oscine", stream: true, messages }),
  });
  if (!response.body) throw cutOff();
  let finished = false;
  try {
    for await (const data of events(response.body)) {
      if (data === "[DONE]") return;
      const chunk = parse(data);
      if (chunk.error) throw fromWire(chunk.error);
      const text = chunk.choices?.[0]?.delta?.content;
      const extra = chunk.oscine ?? {};
      finished ||= Array.isArray(extra.sentences);
      if (typeof text === "string" && text) yield { text };
      if (extra.sentence) yield { sentence: extra.sentence };
      if (Array.isArray(extra.sentences)) yield { final: extra };
      else if (extra.posts) yield { posts: extra.posts, search: extra.search };
    }
  } catch (error) {
    throw error instanceof ApiError || isAbort(error) ? error : cutOff();
  }
  if (!finished) throw cutOff(); // the connection ended before the answer did
}

/** @param {string} data @returns {any} */
function parse(data) {
  try {
    return JSON.parse(data) ?? {};
  } catch {
    throw new ApiError("The server's answer could not be read.", "Try again.", "unreadable");
  }
}

function cutOff() {
  return navigator.onLine
    ? new ApiError("The answer broke off: the server stopped sending.", "Try again.", "cut_off")
    : new ApiError("The answer broke off: you are offline.", "Connect to the network, then try again.", "offline");
}
