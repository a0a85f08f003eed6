/** Runs the rows of a paper and measures their cost. */
import {
  calibrate,
  configOf,
  isOperatorProblem,
  meanBaselines,
  meanOf,
  spreadOf,
  stepCosts,
  stepsAt,
  withRandomSigns,
} from '@spikeward/experiment'
import type { CompareRow, Io, StepCost, TrainConfig } from '@spikeward/experiment'
import type { Trials } from '@spikeward/experiment/node'
import type { Scheduler } from '@spikeward/distributed'
import type { ReproduceCase, ReproduceRow, Reproduction, RowSettings } from './reproduction.js'

export type ReproduceSettings = {
  readonly keys: number
  readonly backend: string
  readonly threads: number | null
  /** Few steps, to check that it works; the errors mean nothing. */
  readonly quick: boolean
  /** Seconds of training of each run, instead of the steps of its row; null for these. */
  readonly budget: number | null
  /** Steps of every run, instead of those of its row; null or absent for these. */
  readonly steps?: number | null
}

type Measured = 'config' | 'trials' | 'mean' | 'spread' | 'meanPooled' | 'spreadPooled' | 'baselines' | 'seconds'

export type ReproducedRow = Pick<CompareRow, Measured | 'label'> & {
  readonly problem: string
  readonly surrogate: string
  readonly paper: number | null
}

/** The cost of a step of a row, and relative to back-propagation on the same backend. */
export type ReproducedCost = StepCost & {
  readonly problem: string
  readonly label: string
  readonly timeByBp: number
  readonly flopsByBp: number
  readonly bytesMovedByBp: number
  readonly peakBytesByBp: number
}

/** A quick run: its steps, its batch, its time steps, and the functions of an operator. */
const QUICK = {
  regression: { steps: 30, batch: 64, time: 16 },
  operator: { steps: 4, batch: 8, time: 8, sizes: [32, 8, 16] },
  resolution: 17,
} as const

const silent = { err: (): void => undefined }

export async function rowConfig(
  { problem, common, declared: own }: ReproduceCase,
  ours: RowSettings,
  surrogate: string,
  { backend, threads, quick, steps = null }: ReproduceSettings,
): Promise<TrainConfig> {
  const isOperator = isOperatorProblem(problem)
  const isQuick = !quick ? {} : isOperator ? QUICK.operator : QUICK.regression
  const declared = { ...own, ...ours.declared, ...(quick && isOperator ? { resolution: QUICK.resolution } : {}) }
  const display = { force: false, json: false, quiet: true }
  const options = {
    ...common,
    ...ours,
    surrogate,
    backend,
    key: 0,
    ...display,
    ...isQuick,
    ...(steps === null ? {} : { steps }),
    declared,
  }
  return { ...(await configOf(problem, options, silent)), threads }
}

export const reproductionRunCount = ({ cases }: Reproduction, { keys }: ReproduceSettings): number =>
  cases.reduce((n, c) => n + c.surrogates.length * c.rows.length * keys, 0)

/**
 * Runs every row with every slope and key; null for rows of another shard. Finished runs are stored: the same settings
 * continue with the rest.
 */
export function reproduceRows(
  { cases }: Reproduction,
  settings: ReproduceSettings,
  trials: Trials,
  io: Io,
  scheduler: Scheduler,
): Promise<readonly (ReproducedRow | null)[]> {
  const jobs = cases.flatMap((one) =>
    one.surrogates.flatMap(({ name: surrogate }) =>
      one.rows.map((row) => ({
        id: JSON.stringify([one.name, surrogate, row]),
        run: () => rowOf(one, row, surrogate, settings, trials, io),
      })),
    ),
  )
  return scheduler.run(jobs)
}

async function rowOf(
  one: ReproduceCase,
  { label, paper, ours }: ReproduceRow,
  surrogate: string,
  settings: ReproduceSettings,
  trials: Trials,
  io: Io,
): Promise<ReproducedRow> {
  const { budget, keys } = settings
  const whole = await rowConfig(one, ours, surrogate, settings)
  // The number of steps in a time depends on the load of the machine, so it is planned once, and a stored run is
  // identified by its time.
  const planned =
    budget === null
      ? whole.steps
      : stepsAt(
          (
            await trials.keep(
              `${one.name}, ${label}, ${surrogate}, pace`,
              { pace: { ...whole, steps: 1, seconds: budget } },
              { task: 'pace', input: { config: whole, seconds: budget } },
              () => calibrate(whole, budget, io),
            )
          ).pace,
          budget,
        )
  const config: TrainConfig = { ...whole, steps: planned, seconds: budget }
  const done = await Promise.all(
    Array.from({ length: keys }, (_, key) => {
      const own = { ...config, key }
      const request = budget === null ? own : { ...own, steps: 1 }
      return trials.run(`${one.name}, ${label}, ${surrogate}, key ${key}`, request, 'test', own)
    }),
  )
  const tested = await withRandomSigns(done, trials, io)
  const [errors, pooled] = [done.map((t) => t.relativeL2), done.map((t) => t.relativeL2Pooled)]
  return {
    problem: one.name,
    label,
    surrogate,
    paper,
    config,
    trials: tested,
    mean: meanOf(errors),
    spread: spreadOf(errors),
    meanPooled: meanOf(pooled),
    spreadPooled: spreadOf(pooled),
    baselines: meanBaselines(tested),
    seconds: meanOf(done.map((t) => t.seconds)),
  }
}

/** Times a step of one global direction, of each row, and of back-propagation, in alternating rounds. */
export async function reproduceCosts(
  { cases }: Reproduction,
  settings: ReproduceSettings,
  trials: Trials,
  io: Io,
): Promise<readonly ReproducedCost[]> {
  const costsOfCases: ReproducedCost[] = []
  for (const one of cases) {
    const surrogate = one.surrogates[0]?.name ?? 'atan'
    const single: RowSettings = {
      estimator: 'rfg',
      declared: { scope: 'global', directions: 1 },
      learningRate: 1e-3,
      steps: 1,
    }
    const rows = [
      { label: 'forward gradient, one direction', ours: single },
      ...one.rows.filter(({ ours }) => ours.estimator !== 'bp'),
      { label: 'back-propagation', ours: { estimator: 'bp', learningRate: 1e-3, steps: 1 } },
    ]
    const configs = await Promise.all(rows.map(({ ours }) => rowConfig(one, ours, surrogate, settings)))
    const seconds = settings.quick ? 0.3 : 3
    const costs = await trials.keep(`${one.name}, costs of a step`, { costs: configs, seconds }, null, () =>
      stepCosts(configs, seconds, io),
    )
    const bp = costs.at(-1) as StepCost
    costs.forEach((cost, i) =>
      costsOfCases.push({
        ...cost,
        problem: one.name,
        label: labelOf(rows[i]?.label ?? '', configs[i]),
        timeByBp: cost.ms / bp.ms,
        flopsByBp: cost.flops / bp.flops,
        bytesMovedByBp: cost.bytesMoved / bp.bytesMoved,
        peakBytesByBp: cost.peakBytes / bp.peakBytes,
      }),
    )
  }
  return costsOfCases
}

export function labelOf(label: string, config: TrainConfig | undefined): string {
  const { directions, scope } = config?.estimatorOptions ?? {}
  if (directions === undefined || config?.estimator === 'bp') return label
  return `${label} (K = ${String(directions)}${scope === 'layerwise' ? ' a layer' : ''})`
}
