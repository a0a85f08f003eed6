import type { Command } from 'commander'
import type { Io } from '../io.js'
import { openBackend } from '../backends.js'
import type { StepSettings } from '../settings.js'
import { count, someOf } from '../usage.js'
import { makeWorkload } from '../workload.js'
import { withStepOptions } from './options.js'
import type { StepOptions } from './options.js'

type Options = StepOptions & { readonly times: readonly number[]; readonly estimators: readonly ('rfg' | 'bp')[] }

/** Steps over which allocations are counted. */
const COUNTED = 10

/** Memory that training holds, and what it allocates once it runs. */
export async function measureMemory(
  settings: StepSettings,
  { backend: name, threads }: Pick<StepOptions, 'backend' | 'threads'>,
) {
  await using backend = await openBackend(name, threads)
  const workload = await makeWorkload(settings, backend, false)
  const before = backend.stats().allocations
  for (let i = 0; i < COUNTED; i++) await workload.step()
  const { allocations, liveBytes, peakBytes } = backend.stats()
  workload.dispose()
  return {
    estimator: settings.estimator,
    time: settings.time,
    peakBytes,
    heldBytes: liveBytes,
    workspaceBytes: workload.cost.workspaceBytes,
    allocationsPerStep: (allocations - before) / COUNTED,
  }
}

/** `memory`: peak memory against the steps of time, and allocations a step after the first. */
export function addMemory(program: Command, io: Io): void {
  withStepOptions(
    program.command('memory').description('peak memory against the steps of time, and allocations a step'),
  )
    .option(
      '--times <list>',
      'steps of time to measure at',
      (text) => text.split(',').map(count),
      [64, 128, 256, 512, 1024],
    )
    .option('--estimators <list>', 'estimators to measure', someOf('rfg', 'bp'), ['rfg', 'bp'])
    .action(async ({ json, backend, threads, times, estimators, ...settings }: Options) => {
      const rows: Awaited<ReturnType<typeof measureMemory>>[] = []
      for (const estimator of estimators) {
        for (const time of times) rows.push(await measureMemory({ ...settings, estimator, time }, { backend, threads }))
      }
      const growth = Object.fromEntries(
        estimators.map((e) => {
          const own = rows.filter((r) => r.estimator === e)
          return [e, (own.at(-1)?.peakBytes ?? Number.NaN) / (own[0]?.peakBytes ?? Number.NaN)]
        }),
      )
      const show = json ? io.err : io.out
      show('| estimator | T | peak MiB | held while training, MiB | allocations a step |\n|---|---|---|---|---|\n')
      for (const r of rows) {
        const [peak, held] = [r.peakBytes, r.heldBytes].map((b) => (b / 2 ** 20).toFixed(2))
        show(`| ${r.estimator} | ${r.time} | ${peak} | ${held} | ${r.allocationsPerStep} |\n`)
      }
      for (const [e, g] of Object.entries(growth))
        show(`${e}: T = ${times.at(-1)} by T = ${times[0]}: ${g.toFixed(3)}\n`)
      if (json)
        io.out(
          `${JSON.stringify({ backend, threads, batch: settings.batch, widths: settings.widths, rows, growth })}\n`,
        )
    })
}
