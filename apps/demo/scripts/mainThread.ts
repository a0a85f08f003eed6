import type { Browser } from 'playwright'

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
