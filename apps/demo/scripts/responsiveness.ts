import { rmSync } from 'node:fs'
import type { Browser } from 'playwright'
import { launch } from '../test/support/browser.js'
import { serve } from '../test/support/serve.js'
import { buildSite, reached, visit } from '../test/support/site.js'

type TraceEvent = {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds of processor time. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/**
 * Returns the tasks of the main threads of all open pages in milliseconds, longest first. Processor time, not
 * wall-clock time, so that other programs on the machine do not count.
 */
export async function mainThreadTasks(browser: Browser, meanwhile: () => Promise<unknown>): Promise<number[]> {
  await browser.startTracing(undefined, { categories: ['toplevel'] })
  await meanwhile()
  const { traceEvents } = JSON.parse(String(await browser.stopTracing())) as { readonly traceEvents: TraceEvent[] }
  const isMain = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`
  const mains = new Set(
    traceEvents.filter((e) => e.name === 'thread_name' && e.args?.name === 'CrRendererMain').map(isMain),
  )
  return traceEvents
    .filter((e) => e.name === 'ThreadControllerImpl::RunTask' && mains.has(isMain(e)))
    .flatMap(({ tdur }) => (tdur === undefined ? [] : [tdur / 1000]))
    .sort((a, b) => b - a)
}

/** Visits of the page; the median is reported. */
const VISITS = 5

/** Seconds from opening the page to its first training step. */
async function secondsToFirstStep(browser: Browser, url: string): Promise<number> {
  const { page } = await visit(browser, url)
  await reached(page, 1)
  const seconds = (await page.evaluate(() => performance.now())) / 1000
  await page.context().close()
  return seconds
}

/** Milliseconds of the main thread's longest task while the page trains and the user turns the picture. */
async function longestTask(browser: Browser, url: string): Promise<number> {
  const { page } = await visit(browser, url)
  await reached(page, 5)
  const tasks = await mainThreadTasks(browser, async () => {
    const box = (await page.getByRole('application').first().boundingBox())!
    await page.mouse.move(box.x + 200, box.y + 200)
    await page.mouse.down()
    for (let i = 0; i < 30; i++) {
      await page.mouse.move(box.x + 200 + 5 * i, box.y + 200)
      await page.waitForTimeout(100)
    }
    await page.mouse.up()
  })
  await page.context().close()
  return tasks[0] ?? Number.NaN
}

/** Builds and serves the site, and prints both times. */
export async function main(): Promise<void> {
  const folder = await buildSite()
  const [served, browser] = await Promise.all([serve(folder, true), launch(true, true)])
  try {
    const seconds: number[] = []
    for (let i = 0; i < VISITS; i++) seconds.push(await secondsToFirstStep(browser, served.url))
    seconds.sort((a, b) => a - b)
    const longest = await longestTask(browser, served.url)
    console.log(
      JSON.stringify({ medianSecondsToFirstStep: seconds[(VISITS - 1) / 2], longestMainThreadTaskMs: longest }),
    )
  } finally {
    await browser.close()
    await served.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
