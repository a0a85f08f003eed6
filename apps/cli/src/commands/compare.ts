import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { build } from '../build.js'
import { mostThreads, openBackend } from '../catalogue/backends.js'
import type { Context } from '../context.js'
import { exitCodes } from '../exit.js'
import { writeFigure } from '../figures/render.js'
import { studySpec } from '../figures/study.js'
import type { CurvePoint } from '../figures/study.js'
import { configOf } from '../settings.js'
import type { TrainOptions } from '../settings.js'
import { compare, trialCount } from '../study/compare.js'
import type { CompareRow, CompareSettings } from '../study/compare.js'
import { compareReport } from '../study/report.js'
import { budgets, estimatorSpecs } from '../study/spec.js'
import type { EstimatorSpec } from '../study/spec.js'
import { meanOf } from '../study/statistics.js'
import { Interrupted, openTrials } from '../study/trials.js'
import { asUsage } from '../usage.js'
import { count, fraction, keyNumber, widths } from '../values.js'
import type { Widths } from '../config.js'

type Options = {
  readonly estimators: readonly EstimatorSpec[]
  readonly budget: readonly number[]
  readonly keys: number
  readonly key: number
  readonly rates: number
  readonly share: number
  readonly hidden?: Widths
  readonly time?: number
  readonly surrogate?: string
  readonly batch?: number
  readonly readoutSolve?: number
  readonly backend: string
  readonly threads?: number
  readonly out?: string
  readonly json: boolean
  readonly quiet: boolean
}

function settingsOf(problem: string, o: Options): CompareSettings {
  const common: TrainOptions = {
    backend: o.backend,
    key: o.key,
    force: false,
    json: o.json,
    quiet: o.quiet,
    ...(o.threads === undefined ? {} : { threads: o.threads }),
    ...(o.hidden === undefined ? {} : { hidden: o.hidden }),
    ...(o.time === undefined ? {} : { time: o.time }),
    ...(o.surrogate === undefined ? {} : { surrogate: o.surrogate }),
    ...(o.batch === undefined ? {} : { batch: o.batch }),
    ...(o.readoutSolve === undefined ? {} : { readoutSolve: o.readoutSolve }),
  }
  const { estimators: specs, budget, key, keys, rates, share } = o
  return { problem, specs, budgets: budget, key, keys, rates, share, common }
}

/** Refuses what cannot be before anything is written. */
async function check({ problem, specs, common }: CompareSettings): Promise<void> {
  const silent = { err: () => undefined }
  for (const { estimator, options } of specs)
    await build(configOf(problem, { ...common, ...options, estimator }, silent))
  await using _ = await asUsage(() => openBackend(common.backend, common.threads ?? null))
}

async function drawBudget(folder: string, problem: string, budget: number, rows: readonly CompareRow[]) {
  const points = (x: 'seconds' | 'forwardEquivalents'): CurvePoint[] =>
    rows.flatMap(({ label, trials }) =>
      trials.flatMap(({ config, curve }) =>
        curve.flatMap((m) =>
          m.relativeL2 === null ? [] : [{ line: label, run: `${label} ${config.key}`, x: m[x], error: m.relativeL2 }],
        ),
      ),
    )
  const panels = [
    { title: 'seconds of training', points: points('seconds') },
    { title: 'forward passes', points: points('forwardEquivalents') },
  ]
  const untrained = meanOf(rows.map((r) => r.baselineRidge))
  const spec = studySpec(`${problem}, ${budget} s`, panels, [...new Set(rows.map((r) => r.label))], untrained)
  return writeFigure(join(folder, `curves-${budget}s`), spec)
}

/** `compare <problem>`: estimators at equal wall-clock, each at the learning rate that a search found for it. */
export function addCompare(program: Command, { io, done }: Context): void {
  program
    .command('compare')
    .description('estimators at equal wall-clock, each at a learning rate searched on the validation points')
    .argument('<problem>', 'what to learn; `spikeward list` names them')
    .requiredOption('--estimators <list>', 'with commas, options after colons: bp,rfg:directions=8', estimatorSpecs)
    .option('--budget <times>', 'time of training: 15s, or several: 1s,5s,15s', budgets, [15])
    .option('--keys <n>', 'runs of each estimator', count('keys', 1000), 3)
    .option('--key <n>', 'key of the first run', keyNumber, 0)
    .option('--rates <n>', 'learning rates to try at most; 1: the default without a search', count('rates', 64), 5)
    .option('--share <s>', 'share of the budget that a run of the search has', fraction('share'), 0.3)
    .option('--hidden <widths>', 'widths of the hidden layers: 100, or 50,50', widths)
    .option('--time <steps>', 'steps of time that the neurons run', count('time', 1_000_000))
    .option('--surrogate <name>', 'what stands for the derivative of the spike')
    .option('--batch <n>', 'points a step', count('the batch'))
    .option('--readout-solve <n>', 'solve the readout exactly every n steps', count('readout-solve'))
    .option('--backend <name>', 'cpu, native, reference, or package#name', 'cpu')
    .option('--threads <n>', 'threads of the backend', count('threads', mostThreads()))
    .option('--out <folder>', 'where tables and figures go, and finished runs are kept; default under studies/')
    .option('--json', 'print one JSON object on the last line of standard output', false)
    .option('--quiet', 'no progress', false)
    .action(async (problem: string, options: Options) => {
      const settings = settingsOf(problem, options)
      await check(settings)
      const folder = resolve(options.out ?? join('studies', `compare-${problem}`))
      await asUsage(() => mkdir(folder, { recursive: true }))
      const trials = await openTrials(folder, io, options.quiet, trialCount(settings))
      try {
        const rows = await compare(settings, trials, io)
        const figures: string[] = []
        for (const budget of settings.budgets) {
          const own = rows.filter((r) => r.budget === budget)
          figures.push(...(await drawBudget(folder, problem, budget, own)))
        }
        const report = compareReport(settings, rows)
        const result = {
          folder,
          problem,
          budgets: settings.budgets,
          keys: settings.keys,
          rows,
          figures: figures.map((f) => basename(f)),
        }
        await writeFile(join(folder, 'table.md'), report)
        await writeFile(join(folder, 'table.json'), `${JSON.stringify(result, null, 2)}\n`)
        io.out(
          options.json
            ? `${JSON.stringify(result)}\n`
            : `${report}\n${folder}: ${['table.md', 'table.json', ...result.figures].join(', ')}\n`,
        )
        done(exitCodes.done)
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error
        io.err(`Interrupted. Finished runs are kept in ${folder}; the same command goes on with the rest.\n`)
        done(exitCodes.failed)
      } finally {
        trials.close()
      }
    })
}
