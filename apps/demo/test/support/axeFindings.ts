import axe from 'axe-core'
import type { Page } from 'playwright'

/**
 * The findings of axe-core on a page, one per line.
 *
 * @param least rules that must apply to the page: a checker that sees nothing would find nothing
 */
export async function axeFindings(page: Page, least = 15): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async (rules) => {
    type Found = {
      passes: unknown[]
      violations: { id: string; help: string; nodes: { target: unknown[]; failureSummary?: string }[] }[]
    }
    const { axe: checker } = window as unknown as { axe: { run(options: object): Promise<Found> } }
    // Without the paths of the parts that pass, it takes a third of the time.
    const { violations, passes } = await checker.run({ resultTypes: ['violations'] })
    if (passes.length < rules) return [`axe-core checked only ${passes.length} rules`]
    return violations.flatMap((v) =>
      v.nodes.map((n) => `${v.id}: ${v.help}: ${n.target.join(' ')} ${n.failureSummary ?? ''}`),
    )
  }, least)
}
