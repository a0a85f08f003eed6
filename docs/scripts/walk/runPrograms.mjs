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
 * What a comment promises to be printed: not the shape of what is printed, nor an explanation after numbers, such as
 * `420 = 20 functions × 21 points`.
 *
 * @param {string} comment
 */
const promisedBy = (comment) => comment.replace(/shape \[[^\]]*\]/g, '').replace(/^([[\d-][^:=]*?)\s*[:=]\s.*$/, '$1')

/**
 * How a program fails what its text says: it throws, prints nothing or what is not a number, or a number or a truth in
 * the comment of a line that prints was not printed.
 *
 * @param {RunProgram} program
 * @returns {string | null}
 */
export function faultOfProgram({ code, state, printed }) {
  const name = code.trim().split('\n').at(-1)
  if (state !== 'done') return `${name}: ${printed.trim()}`
  if (printed.trim() === '' || /NaN|undefined/.test(printed)) return `${name}: prints '${printed.trim()}'`
  const found = numbersOf(printed)
  for (const [, said = ''] of code.matchAll(/console\.log\(.*\)\s*\/\/ (.*)$/gm)) {
    if (/^(true|false)$/.test(said) && !printed.split(/\s/).includes(said)) return `${name}: ${said} is not printed`
    for (const n of numbersOf(promisedBy(said)))
      if (!found.some((m) => Math.abs(m - n) <= 0.02 * Math.abs(n) + 5e-4))
        return `${name}: ${n} of '${said}' is not printed`
  }
  return null
}
