// Money as it travels: whole micro-units (millionths) of a currency. What is typed becomes them digit by digit, never by way of a float.

const LOCALE = "en-GB";
const LONGEST = 9; // digits before the point: all of it stays below 2^53 micro-units
const SIGN = /[\s'’_]/g;
const PLAIN = /^(\d+)(?:[.,](\d{1,6}))?$/;
const POINTED = /^(\d{1,3}(?:,\d{3})+)\.(\d{1,6})$/; // 1,234.50
const COMMAED = /^(\d{1,3}(?:\.\d{3})+),(\d{1,6})$/; // 1.234,50
const UNCLEAR = /^[1-9]\d{0,2}[.,]\d{3}$/; // 1.000: one, or a thousand?

/**
 * @param {string} text as somebody types it: `12`, `12.50`, `12,50`, `1 234.50`
 * @returns {{micros: number, wrong: ""}|{micros: null, wrong: string}} what it comes to, or what is wrong with it
 */
export function micros(text) {
  const written = text.replace(SIGN, "");
  if (UNCLEAR.test(written)) return { micros: null, wrong: `Is ${written} a thousand? Write ${written.replace(/[.,]/, "")} or ${written.slice(0, -1)}.` };
  const [, units, part = ""] = PLAIN.exec(written) ?? POINTED.exec(written) ?? COMMAED.exec(written) ?? [];
  if (units === undefined) return { micros: null, wrong: "An amount is digits, such as 250 or 0.45." };
  const digits = units.replace(/[.,]/g, "");
  if (digits.length > LONGEST) return { micros: null, wrong: "That is more than can be ordered." };
  return { micros: Number(digits + part.padEnd(6, "0")), wrong: "" };
}

/** @param {number} amount micro-units @returns {string} as it is typed: 12.5 for 12500000 */
export function typed(amount) {
  const digits = String(Math.abs(amount)).padStart(7, "0");
  const part = digits.slice(-6).replace(/0+$/, "");
  return (amount < 0 ? "-" : "") + digits.slice(0, -6) + (part && `.${part.padEnd(2, "0")}`);
}

/** @param {number} amount micro-units @param {string} currency ISO 4217 @returns {string} as it is read: €12.50, with more places where it would read as nothing */
export function money(amount, currency) {
  const value = amount / 1_000_000;
  const places = amount !== 0 && Math.abs(amount) < 100_000 ? 4 : undefined;
  try {
    return new Intl.NumberFormat(LOCALE, { style: "currency", currency, maximumFractionDigits: places }).format(value);
  } catch {
    return `${typed(amount)} ${currency}`; // no currency that is known here
  }
}
