// A file that somebody chose, as it travels.

/** @param {Blob} chosen @returns {Promise<string>} its bytes in base64 */
export function base64(chosen) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result).split(",")[1] ?? ""));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(chosen);
  });
}
