// Every call to the server, and the one shape of everything that can go wrong with it.

import { askForKey, key } from "./key.js";

/** What went wrong, and what to do about it: the server's own two sentences where there are any. */
export class ApiError extends Error {
  /** @param {string} message @param {string} [fix] @param {string} [code] @param {number} [status] */
  constructor(message, fix = "", code = "error", status = 0) {
    super(message);
    this.fix = fix;
    this.code = code;
    this.status = status;
  }
}

/** @param {any} error the `error` of a reply or of an event @param {number} [status] @returns {ApiError} */
export function fromWire(error, status = 0) {
  const text = (value) => (typeof value === "string" ? value : "");
  const what = text(error?.message) || (status ? `The server answered ${status}.` : "The server reported an error.");
  return new ApiError(what, text(error?.fix), text(error?.code), status);
}

/** @returns {ApiError} */
function unreachable() {
  return navigator.onLine
    ? new ApiError("The server cannot be reached.", "It may be starting or stopped: try again in a moment.", "unreachable")
    : new ApiError("You are offline.", "Connect to the network, then try again.", "offline");
}

/** Wait for a key, but no longer than the caller is interested. */
function keyOrAbort(why, signal) {
  return new Promise((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(new DOMException("Stopped", "AbortError")), { once: true });
    askForKey(why).then(resolve);
  });
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<Response>} a reply with a status below 400; a 401 is tried again once a key is given
 */
export async function call(path, options = {}) {
  for (;;) {
    const headers = new Headers(options.headers);
    const held = key();
    if (held) headers.set("Authorization", `Bearer ${held}`);
    let response;
    try {
      response = await fetch(path, { ...options, headers });
    } catch (error) {
      throw isAbort(error) ? error : unreachable();
    }
    if (response.ok) return response;
    const body = await response.json().catch(() => null);
    const error = fromWire(body?.error, response.status);
    if (response.status !== 401) throw error;
    // A key given meanwhile, for another call, is worth a try before asking again.
    if (held === key()) await keyOrAbort(held ? `That key was not accepted. ${error.message}` : error.message, options.signal);
  }
}

/**
 * @param {string} path
 * @param {Record<string, string|number|null|undefined>} [query] empty values are left out
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(path, query = {}, signal) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return read(await call(given.length ? `${path}?${search}` : path, { signal, headers: { Accept: "application/json" } }));
}

/**
 * @param {"POST"|"PUT"|"PATCH"|"DELETE"} method
 * @param {string} path
 * @param {Record<string, any>} [body]
 * @returns {Promise<any>}
 */
export async function send(method, path, body) {
  const headers = { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) };
  return read(await call(path, { method, headers, body: body && JSON.stringify(body) }));
}

/** @param {Response} response @returns {Promise<any>} */
async function read(response) {
  try {
    return await response.json();
  } catch (error) {
    throw isAbort(error) ? error : new ApiError("The server's answer could not be read.", "Try again.", "unreadable");
  }
}

/** @param {string} id @param {string|null} [network] @param {AbortSignal} [signal] @returns {Promise<Post>} */
export const getPost = (id, network, signal) => get(`/v1/posts/${encodeURIComponent(id)}`, { network }, signal);

/** @param {unknown} error @returns {boolean} whether somebody chose to stop, which is no error */
export const isAbort = (error) => error instanceof DOMException && error.name === "AbortError";

/**
 * A post on the wire; what is empty may be absent.
 * @typedef {{id: string, network: string, author?: string, author_handle?: string, author_name?: string,
 *   created_at: string, lang?: string, text: string, score?: number|null, highlights?: [number, number][],
 *   likes?: number, reposts?: number, replies?: number, quotes?: number, urls?: string[], tags?: string[],
 *   mentions?: string[], media?: {url: string, alt?: string, kind?: string}[], reply_to?: string, quote_of?: string,
 *   visibility?: string, labels?: string[]|null, sensitive?: boolean, content_warning?: string, blurred?: string|null,
 *   folded?: string[]}} Post
 */
