// Shares with how sure they are, in words.

/** @typedef {{value: number, low: number, high: number}} Rate */

/** @param {number} share @returns {string} 0.53%, 12%; with as many places as it takes to be read */
export function percent(share) {
  const size = Math.abs(100 * share);
  return `${(100 * share).toFixed(size >= 10 || size === 0 ? 0 : size >= 1 ? 1 : 2)}%`;
}

/** @param {Rate|null|undefined} rate @returns {string} "0.53% (0.41% to 0.66%)" */
export const rated = (rate) => (rate ? `${percent(rate.value)} (${percent(rate.low)} to ${percent(rate.high)})` : "not known yet");
