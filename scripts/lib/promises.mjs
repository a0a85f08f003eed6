/**
 * The comment behind each `console.log` of a program, or null, in the order of the lines.
 *
 * @param {string} code
 * @returns {(string | null)[]}
 */
export const promisesOf = (code) =>
  code
    .split('\n')
    .filter((line) => /\bconsole\.log\(/.test(line))
    .map((line) => /\)\s*\/\/ (.*)$/.exec(line)?.[1] ?? null)

/**
 * Compares the numbers that one call printed with its comment. Only a comment that begins with a number or a list of
 * numbers promises output, each number to the digits that it shows; words may follow. A list promises as many numbers
 * as it holds.
 *
 * @param {string} comment
 * @param {readonly number[]} found
 * @returns {string | null} what differs
 */
export function differenceOfNumbers(comment, found) {
  if (!/^(?:\[\s*)*(?:-?\d|\])/.test(comment)) return null
  const list = /^\[[^\]]*\]/.exec(comment)?.[0]
  const promised = [...(list ?? comment).matchAll(/-?\d+(?:\.(\d+))?/g)].map(([text, decimals = '']) => ({
    value: Number(text),
    tolerance: 0.5000001 * 10 ** -decimals.length,
  }))
  const count = list === undefined ? Math.min(promised.length, found.length) : promised.length
  const same =
    count > 0 &&
    (list === undefined || found.length === count) &&
    promised.slice(0, count).every(({ value, tolerance }, i) => Math.abs(Number(found[i]) - value) <= tolerance)
  return same ? null : `the comment says ${comment}, the program prints ${found.join(', ')}`
}
