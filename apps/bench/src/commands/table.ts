import type { Command } from 'commander'
import type { Io } from '../io.js'
import { openBackend } from '../backends.js'
import { alternate, ratio } from '../rounds.js'
import type { Timing } from '../rounds.js'
import type { StepSettings } from '../settings.js'
import { count } from '../usage.js'
import { makeWorkload } from '../workload.js'
import type { Workload } from '../workload.js'
import { withStepOptions } from './options.js'
import type { StepOptions } from './options.js'

type Options = StepOptions & { readonly repeat: number; readonly width: number; readonly layers: number }

async function times(workload: Workload, n: number): Promise<readonly number[]> {
  const found: number[] = []
  for (let i = 0; i < n; i++) {
    const begun = performance.now()
    await workload.step()
    found.push(performance.now() - begun)
  }
  return found
}

/** rfg and bp on the same network, in alternating rounds. */
export async function compare(settings: StepSettings, options: Pick<Options, 'backend' | 'threads' | 'repeat'>) {
  // A backend for each, so that each has its own account of memory.
  await using forwardBackend = await openBackend(options.backend, options.threads)
  await using backwardBackend = await openBackend(options.backend, options.threads)
  const forward = await makeWorkload({ ...settings, estimator: 'rfg' }, forwardBackend, false)
  const backward = await makeWorkload({ ...settings, estimator: 'bp' }, backwardBackend, false)
  const runners = [forward, backward].map((w) => ({ name: '', round: (n: number) => times(w, n) }))
  const [f, b] = (await alternate(runners, options.repeat)) as [Timing, Timing]
  const row = (workload: Workload, timing: Timing, peakBytes: number) => ({
    medianMs: timing.medianMs,
    minMs: timing.minMs,
    flops: workload.cost.flops,
    bytes: workload.cost.bytes,
    peakBytes,
  })
  const result = {
    widths: settings.widths,
    rfg: row(forward, f, forwardBackend.stats().peakBytes),
    bp: row(backward, b, backwardBackend.stats().peakBytes),
    timeRatio: ratio(f, b),
  }
  forward.dispose()
  backward.dispose()
  return result
}

/** `table`: rfg against bp on the same backend for 1, 2, … hidden layers: time, operations, bytes moved, memory. */
export function addTable(program: Command, io: Io): void {
  withStepOptions(
    program.command('table').description('rfg against bp for 1, 2, … hidden layers: time, operations, memory'),
  )
    .option('--repeat <n>', 'rounds', count, 6)
    .option('--width <n>', 'neurons of a hidden layer', count, 128)
    .option('--layers <n>', 'most hidden layers', count, 3)
    .action(async ({ json, backend, threads, repeat, width, layers, ...settings }: Options) => {
      const rows: Awaited<ReturnType<typeof compare>>[] = []
      for (let l = 1; l <= layers; l++) {
        const hidden = Array.from({ length: l }, () => width)
        rows.push(await compare({ ...settings, widths: [2, ...hidden, 1] }, { backend, threads, repeat }))
      }
      const show = json ? io.err : io.out
      show(
        `rfg (K = ${settings.directions}, ${settings.scope}) against bp on ${backend}, T = ${settings.time}, batch ${settings.batch}, threads ${threads}\n\n` +
          '| network | estimator | ms a step | GFLOP | MiB moved | peak MiB | time by bp |\n|---|---|---|---|---|---|---|\n',
      )
      for (const r of rows) {
        for (const e of ['rfg', 'bp'] as const) {
          const { medianMs, flops, bytes, peakBytes } = r[e]
          const cells = [
            medianMs.toFixed(2),
            (flops / 1e9).toFixed(3),
            (bytes / 2 ** 20).toFixed(1),
            (peakBytes / 2 ** 20).toFixed(1),
          ]
          show(
            `| ${r.widths.join('-')} | ${e} | ${cells.join(' | ')} | ${e === 'rfg' ? r.timeRatio.toFixed(2) : '1'} |\n`,
          )
        }
      }
      if (json) io.out(`${JSON.stringify({ ...settings, backend, threads, rows })}\n`)
    })
}
