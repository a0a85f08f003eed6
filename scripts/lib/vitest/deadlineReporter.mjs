/** More files than this are not named one by one. */
const MANY = 20

/**
 * A Vitest reporter that ends the run at the time in TEST_DEADLINE (milliseconds since 1970) and names the files that
 * it did not reach, or whose tests it did not all run; many are counted by package. Only a failed test fails the run.
 * Vitest constructs a reporter that it loads by path, hence the class and the default export.
 *
 * @implements {Pick<import('vitest/node').Reporter, 'onInit' | 'onTestRunStart' | 'onTestModuleEnd' | 'onTestRunEnd'>}
 */
export default class DeadlineReporter {
  /** @type {NodeJS.Timeout | undefined} */
  #timer
  /** @type {import('vitest/node').Vitest | undefined} */
  #vitest
  #isCut = false
  /** @type {Set<string>} */
  #open = new Set()

  /** @param {import('vitest/node').Vitest} vitest */
  onInit(vitest) {
    this.#vitest = vitest
  }

  /**
   * The timer starts here, since Vitest forgets an earlier cancellation.
   *
   * @param {readonly import('vitest/node').TestSpecification[]} specifications
   */
  onTestRunStart(specifications) {
    for (const { moduleId } of specifications) this.#open.add(moduleId)
    const left = Number(process.env['TEST_DEADLINE']) - Date.now()
    this.#timer = setTimeout(
      () => {
        this.#isCut = true
        void this.#vitest?.cancelCurrentRun('keyboard-input')
      },
      Math.max(0, left),
    )
  }

  /** @param {import('vitest/node').TestModule} module */
  onTestModuleEnd(module) {
    if (!(this.#isCut && hasAbortedTest(module))) this.#open.delete(module.moduleId)
  }

  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    clearTimeout(this.#timer)
    if (!this.#isCut || this.#open.size === 0) return
    const names = [...this.#open].map((path) => path.replace(`${process.cwd()}/`, '')).sort()
    const shown = names.length > MANY ? countsByFolder(names) : names
    console.log(`\nNo time was left for ${names.length} files; npm test runs them:\n${shown.join('\n')}`)
    if (modules.every((module) => module.state() !== 'failed')) process.exitCode = 0
  }
}

/**
 * @param {readonly string[]} names
 * @returns {string[]} the number of files in each package
 */
function countsByFolder(names) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const name of names) {
    const folder = name.split('/').slice(0, 2).join('/')
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return [...counts].map(([folder, count]) => `${folder}: ${count}`)
}

/**
 * Whether a test of the file did not run, or not to its end, because the run was cancelled: Vitest notes it on the
 * test.
 *
 * @param {import('vitest/node').TestModule} module
 */
function hasAbortedTest(module) {
  for (const test of module.children.allTests()) {
    const result = test.result()
    if (result.state === 'pending' || (result.state === 'skipped' && /aborted/.test(result.note ?? ''))) return true
  }
  return false
}
