import { Command } from 'commander'
import { SpikewardError } from '@spikeward/core'
import { type Build, SERVED_FORM, compareBuilds, openBuild } from '../compare/builds.js'
import { compareRuns } from '../compare/runs.js'
import type { Comparison } from '../compare/bootstrap.js'
import { type Io, checkoutRoot } from '../io.js'
import { tableMarkdown } from '../report/tableMarkdown.js'
import { readRun } from '../run/storedRuns.js'
import { count, share } from '../argumentParsers.js'
import { type StepOptions, withStepOptions } from '../benchmarks/speed/stepOptions.js'
import { createInterface } from 'node:readline'
import { openBackend } from '../backends.js'
import { least, timesOf } from '../step/alternate.js'
import { makeWorkload } from '../step/workload.js'

type Options = StepOptions & {
  readonly against?: string
  readonly bound: number
  readonly rounds: number
  readonly sittings: number
  readonly json: boolean
}

const percent = (ratio: number): string => `${ratio >= 1 ? '+' : '−'}${(100 * Math.abs(ratio - 1)).toFixed(1)}%`

/**
 * Shows comparisons.
 *
 * @throws BENCH_SLOWER if something became slower than the bound allows
 */
function show(io: Io, comparisons: readonly Comparison[], { bound, json }: Options): void {
  const rows = comparisons.map(({ label, interval, verdict }) => [
    label,
    percent(interval.ratio),
    `${percent(interval.low)} … ${percent(interval.high)}`,
    verdict,
  ])
  const head = ['what', 'new / old', '99% interval', `verdict at ${(100 * bound).toFixed(1)}%`]
  ;(json ? io.err : io.out)(tableMarkdown({ title: '', head, rows }))
  const regression = comparisons.some((c) => c.verdict === 'slower')
  if (json) io.out(`${JSON.stringify({ bound, regression, comparisons })}\n`)
  if (regression)
    throw new SpikewardError(
      'BENCH_SLOWER',
      `slower by more than ${(100 * bound).toFixed(1)}%; find the cause, or raise --bound if the change is intended`,
    )
}

/** The step's options as arguments for another build. */
export const stepArguments = (options: StepOptions): readonly string[] =>
  withStepOptions(new Command()).options.flatMap((option) => [
    option.long!,
    String(options[option.attributeName() as keyof StepOptions]),
  ])

async function againstBuild(root: string, options: Options): Promise<Comparison> {
  const args = stepArguments(options)
  const open = (folder: string) => async (): Promise<Build> => {
    const { round, close } = await openBuild(folder, args)
    return { round: (n) => round(SERVED_FORM, n), close }
  }
  const result = await compareBuilds({ old: open(root), now: open(checkoutRoot) }, options)
  return { label: `${options.estimator} on ${options.backend}`, interval: result.interval, verdict: result.verdict }
}

/** `compare`: two stored runs, or this build against another one in alternating rounds. Exit code 1: slower. */
export function addCompare(program: Command, io: Io): void {
  withStepOptions(
    program
      .command('compare')
      .description('compare two stored runs or, with --against, two builds; exit code 1 if the new one is slower')
      .argument('[old]', 'JSON of a run')
      .argument('[new]', 'JSON of a later run of the same command'),
  )
    .option('--against <folder>', 'another checkout, such as a git worktree: the old build')
    .option('--bound <share>', 'allowed change: 5% or 0.05', share, 0.05)
    .option('--rounds <n>', 'rounds per sitting, with --against', count, 24)
    .option('--sittings <n>', 'largest number of sittings, with --against', count, 8)
    .option('--json', 'print one JSON object on the last line of standard output', false)
    .action(async (old: string | undefined, now: string | undefined, options: Options) => {
      if (options.against !== undefined) {
        show(io, [await againstBuild(options.against, options)], options)
        return
      }
      if (old === undefined || now === undefined) {
        throw new SpikewardError(
          'BENCH_NOTHING_TO_COMPARE',
          'compare takes either two JSON files or --against with a checkout',
        )
      }
      const [a, b] = await Promise.all([readRun(old), readRun(now)])
      if (JSON.stringify(a.run.machine) !== JSON.stringify(b.run.machine)) {
        io.err('The two runs are from different machines: the comparison reflects the machines more than the code.\n')
      }
      show(io, compareRuns(a.run, b.run, options.bound), options)
    })
}

/**
 * `serve`: this build as a peer of another one. It follows the protocol of peers: a line when ready, then for each line
 * `n step` the times of n steps. `compare --against` uses it.
 */
export function addServe(program: Command, io: Io): void {
  withStepOptions(program.command('serve', { hidden: true }).description('time steps on request, for compare')).action(
    async ({ backend: name, threads, ...settings }: StepOptions) => {
      await using backend = await openBackend(name, threads)
      const workload = await makeWorkload(settings, backend, false)
      const loss = await workload.step()
      const form = { name: SERVED_FORM, ms: least(await timesOf(workload.step, 3)), loss, along: 0, byHand: false }
      const say = (answer: object): void => io.out(`${JSON.stringify(answer)}\n`)
      say({ ready: true, version: 'build', threads: backend.capabilities.threads, forms: [form] })
      for await (const line of createInterface({ input: process.stdin })) {
        say({ times: await timesOf(workload.step, Number(line.split(' ')[0])) })
      }
      workload.dispose()
    },
  )
}
