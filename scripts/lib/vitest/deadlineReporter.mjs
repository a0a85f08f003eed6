/**
 * A Vitest reporter that ends the run at the time in TEST_DEADLINE (milliseconds since 1970) and names the files that it
 * did not reach. Only a failed test fails the run. Vitest constructs a reporter that it loads by path, hence the class
 * and the default export.
 *
 * @implements {Pick<import('vitest/node').Reporter, 'onInit' | 'onTestRunStart' | 'onTestModuleEnd' | 'onTestRunEnd'>}
 */
export default class DeadlineReporter {
  /** @type {NodeJS.Timeout | undefined} */
  #timer
  #isCut = false
  /** @type {Set<string>} */
  #open = new Set()

  /** @param {import('vitest/node').Vitest} vitest */
  onInit(vitest) {
    const left = Number(process.env['TEST_DEADLINE']) - Date.now()
    this.#timer = setTimeout(() => {
      this.#isCut = true
      void vitest.cancelCurrentRun('keyboard-input')
    }, left)
  }

  /** @param {readonly import('vitest/node').TestSpecification[]} specifications */
  onTestRunStart(specifications) {
    for (const { moduleId } of specifications) this.#open.add(moduleId)
  }

  /** @param {import('vitest/node').TestModule} module */
  onTestModuleEnd(module) {
    if (!this.#isCut) this.#open.delete(module.moduleId)
  }

  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    clearTimeout(this.#timer)
    if (!this.#isCut) return
    const names = [...this.#open].map((path) => path.replace(`${process.cwd()}/`, '')).sort()
    console.log(`\nNo time was left for ${names.length} files; npm test runs them:\n${names.join('\n')}`)
    if (modules.every((module) => module.state() !== 'failed')) process.exitCode = 0
  }
}
