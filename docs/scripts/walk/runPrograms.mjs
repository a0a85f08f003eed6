import { differenceOfNumbers, promisesOf } from '../../../scripts/lib/promises.mjs'

/** @import { Page } from 'playwright' */

/** @typedef {{ readonly code: string, readonly state: string, readonly printed: string }} RunProgram */

/**
 * Runs the programs of a page that have a button for it, one after the other.
 *
 * @param {Page} tab
 * @returns {Promise<RunProgram[]>}
 */
export async function runPrograms(tab) {
  const bars = tab.locator('.run-bar')
  const found = []
  for (let i = 0; i < (await bars.count()); i++) {
    const bar = bars.nth(i)
    const code = await bar.evaluate((e) => e.previousElementSibling?.querySelector('code')?.textContent ?? '')
    await bar.getByRole('button', { name: 'Edit and run' }).click()
    const output = bar.locator('output')
    await bar.locator('output:is([data-state=done], [data-state=failed])').waitFor()
    found.push({
      code,
      state: (await output.getAttribute('data-state')) ?? '',
      printed: (await output.textContent()) ?? '',
    })
  }
  return found
}

/** @param {string} text */
const numbersOf = (text) => [...text.matchAll(/(?<![\w.])-?\d+(\.\d+)?(e-?\d+)?/g)].map(([n]) => Number(n))

/**
 * How a program fails what its text says: it throws, prints nothing or what is not a number, or a line does not print
 * the numbers or the truth of its comment, by the rule of the tests of READMEs.
 *
 * @param {RunProgram} program
 * @returns {string | null}
 */
export function faultOfProgram({ code, state, printed }) {
  const name = code.trim().split('\n').at(-1)
  if (state !== 'done') return `${name}: ${printed.trim()}`
  if (printed.trim() === '' || /NaN|undefined/.test(printed)) return `${name}: prints '${printed.trim()}'`
  const promises = promisesOf(code)
  const lines = printed.trimEnd().split('\n')
  // A line in a loop prints more than once: its comment is only for the reader.
  if (lines.length !== promises.length) return null
  for (const [i, comment] of promises.entries()) {
    const line = lines[i] ?? ''
    if (comment === null) continue
    if (/^(true|false)$/.test(comment) && !line.split(/\s/).includes(comment))
      return `${name}: ${comment} is not printed`
    const found = numbersOf(line)
    // A text before the numbers, such as that of an equation, may hold digits.
    if (found.some((_, from) => differenceOfNumbers(comment, found.slice(from)) === null)) continue
    const differs = differenceOfNumbers(comment, found)
    if (differs !== null) return `${name}: ${differs}`
  }
  return null
}
