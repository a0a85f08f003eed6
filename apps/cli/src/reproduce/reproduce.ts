/** Runs the rows of a paper and measures what they cost. */
import type { TrainConfig } from '../config.js'
import { configOf } from '../settings.js'
import { meanOf, spreadOf } from '../study/statistics.js'
import { stepCosts } from '../study/stepCost.js'
import type { StepCost } from '../study/stepCost.js'
import type { Trial } from '../study/trial.js'
import type { Trials } from '../study/trials.js'
import type { ReproduceCase, ReproduceRow, Reproduction } from './wan2024.js'

/** How a reproduction is run. */
export type ReproduceSettings = {
  readonly keys: number
  readonly backend: string
  readonly threads: number | null
  /** Few steps: to see that it works, not what it reaches. */
  readonly quick: boolean
}

/** A row of the paper with one slope, run with every key. */
export type ReproducedRow = {
  readonly problem: string
  readonly label: string
  readonly surrogate: string
  readonly paper: number | null
  readonly config: TrainConfig
  readonly trials: readonly Trial[]
  readonly mean: number | null
  readonly spread: number | null
  readonly baselineRidge: number | null
  readonly seconds: number | null
}

/** What a step of a row costs, and relative to back-propagation on the same backend. */
export type ReproducedCost = StepCost & {
  readonly problem: string
  readonly label: string
  readonly timeByBp: number
  readonly flopsByBp: number
  readonly bytesMovedByBp: number
  readonly peakBytesByBp: number
}

/** Steps of a quick run. */
const QUICK_STEPS = 150

const silent = { err: (): void => undefined }

/** The settings of a row's run. */
export function rowConfig(
  { problem, hidden, time, batch }: ReproduceCase,
  ours: ReproduceRow['ours'],
  surrogate: string,
  { backend, threads, quick }: ReproduceSettings,
): TrainConfig {
  const config = configOf(
    problem,
    {
      ...ours,
      hidden,
      time,
      batch,
      surrogate,
      backend,
      key: 0,
      force: false,
      json: false,
      quiet: true,
      steps: quick ? QUICK_STEPS : ours.steps,
    },
    silent,
  )
  return { ...config, threads }
}

/** How many runs a reproduction makes. */
export const runCount = ({ cases }: Reproduction, { keys }: ReproduceSettings): number =>
  cases.reduce((n, c) => n + c.surrogates.length * c.rows.length * keys, 0)

/** Runs every row with every slope and key. */
export async function reproduceRows(
  { cases }: Reproduction,
  settings: ReproduceSettings,
  trials: Trials,
): Promise<readonly ReproducedRow[]> {
  const rows: ReproducedRow[] = []
  for (const one of cases) {
    for (const { name: surrogate } of one.surrogates) {
      for (const { label, paper, ours } of one.rows) {
        const config = rowConfig(one, ours, surrogate, settings)
        const done: Trial[] = []
        for (let key = 0; key < settings.keys; key++) {
          const own = { ...config, key }
          done.push(await trials.run(`${one.problem}, ${label}, ${surrogate}, key ${key}`, own, 'test', () => own))
        }
        const errors = done.map((t) => t.relativeL2)
        rows.push({
          problem: one.problem,
          label,
          surrogate,
          paper,
          config,
          trials: done,
          mean: meanOf(errors),
          spread: spreadOf(errors),
          baselineRidge: meanOf(done.map((t) => t.baselineRidge)),
          seconds: meanOf(done.map((t) => t.seconds)),
        })
      }
    }
  }
  return rows
}

/** Times a step of one global direction, of each row, and of back-propagation, in alternating rounds. */
export async function reproduceCosts(
  { cases }: Reproduction,
  settings: ReproduceSettings,
): Promise<readonly ReproducedCost[]> {
  const found: ReproducedCost[] = []
  for (const one of cases) {
    const surrogate = one.surrogates[0]?.name ?? 'atan'
    const single = { estimator: 'rfg', scope: 'global', directions: 1, learningRate: 1e-3, steps: 1 } as const
    const named = [
      { label: 'forward gradient, one direction', ours: single },
      ...one.rows.filter(({ ours }) => ours.estimator !== 'bp'),
      { label: 'back-propagation', ours: { estimator: 'bp', learningRate: 1e-3, steps: 1 } },
    ]
    const configs = named.map(({ ours }) => rowConfig(one, ours, surrogate, settings))
    const costs = await stepCosts(configs, settings.quick ? 0.3 : 3)
    const bp = costs.at(-1) as StepCost
    costs.forEach((cost, i) =>
      found.push({
        ...cost,
        problem: one.problem,
        label: labelOf(named[i]?.label ?? '', configs[i]),
        timeByBp: cost.ms / bp.ms,
        flopsByBp: cost.flops / bp.flops,
        bytesMovedByBp: cost.bytesMoved / bp.bytesMoved,
        peakBytesByBp: cost.peakBytes / bp.peakBytes,
      }),
    )
  }
  return found
}

/** A row's name with its number of directions. */
export const labelOf = (label: string, config: TrainConfig | undefined): string =>
  config === undefined || config.directions === null || config.estimator === 'bp'
    ? label
    : `${label} (K = ${config.directions}${config.scope === 'layerwise' ? ' a layer' : ''})`
