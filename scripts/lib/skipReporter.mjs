/**
 * A Vitest reporter that says of every skipped test why: `context.skip('no compiler')`.
 * Vitest constructs a reporter that it loads by path, hence the class and the default export.
 *
 * @implements {Pick<import('vitest/node').Reporter, 'onTestCaseResult'>}
 */
export default class SkipReporter {
  /** @param {import('vitest/node').TestCase} test */
  onTestCaseResult(test) {
    const result = test.result()
    if (result.state === 'skipped') console.log(`skipped: ${test.fullName}: ${result.note ?? 'no reason given'}`)
  }
}
