/** @import axe from 'axe-core' */
/** @import { Page } from 'playwright' */

/** Rules that the sidebar and the search button of VitePress break, which are not ours. */
const ofTheTheme = ['label-content-name-mismatch', 'nested-interactive']

/** Rules whose findings depend on colours and on the width of the window. */
export const ofColours = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size']

/**
 * The findings of axe-core on the page as it is shown, one a line.
 *
 * @param {Page} tab with `axe.source` in it
 * @param {readonly string[]} [rules] only these; default: all
 * @returns {Promise<string[]>}
 */
export async function axeFindings(tab, rules) {
  /** Without the paths of the parts that pass, it takes a third of the time.
   * @type {axe.RunOptions} */
  const options = { resultTypes: ['violations'], ...(rules === undefined ? {} : { runOnly: [...rules] }) }
  const { violations } = await tab.evaluate(
    (given) => /** @type {{ axe: typeof axe }} */ (/** @type {unknown} */ (globalThis)).axe.run(given),
    options,
  )
  return violations
    .filter(({ id }) => !ofTheTheme.includes(id))
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}
