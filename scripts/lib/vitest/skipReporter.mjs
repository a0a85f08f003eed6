/**
 * A Vitest reporter that prints why a test is skipped (`context.skip('no compiler')`), and how many tests of the native
 * backend exist only for an instruction set that this processor lacks.
 * Vitest constructs a reporter that it loads by path, hence the class and the default export.
 *
 * Tests that a pattern of names or a time limit leaves out are not named.
 *
 * @implements {Pick<import('vitest/node').Reporter, 'onInit' | 'onTestCaseResult' | 'onTestRunEnd'>}
 */
export default class SkipReporter {
  /** Tests that name an instruction set. @type {Map<string, number>} */
  #bySet = new Map()
  #isWhole = true

  /** @param {import('vitest/node').Vitest} vitest */
  onInit(vitest) {
    this.#isWhole = vitest.getGlobalTestNamePattern() === undefined
  }

  /** @param {import('vitest/node').TestCase} test */
  onTestCaseResult(test) {
    const [set] = /\b(?:avx512|avx2|portable)\b/.exec(test.fullName) ?? []
    if (set !== undefined) this.#bySet.set(set, (this.#bySet.get(set) ?? 0) + 1)
    const result = test.result()
    if (result.state !== 'skipped' || /aborted/.test(result.note ?? '')) return
    if (result.note !== undefined || this.#isWhole)
      console.log(`skipped: ${test.fullName}: ${result.note ?? 'no reason given'}`)
  }
  onTestRunEnd() {
    for (const line of absentSets(this.#bySet)) console.log(line)
  }
}

/**
 * @param {ReadonlyMap<string, number>} bySet tests that ran for each instruction set
 * @returns {string[]} what did not run, and why, a line for each set
 */
export function absentSets(bySet) {
  const most = Math.max(...bySet.values())
  if (!bySet.has('portable')) return []
  return ['avx512', 'avx2']
    .filter((set) => !bySet.has(set))
    .map((set) => `not run: about ${most} tests of the native backend on ${set}: this processor lacks it`)
}
