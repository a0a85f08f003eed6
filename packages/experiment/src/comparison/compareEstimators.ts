/** Compares estimators at equal wall-clock time, or after equally many steps: search, runs, summary. */
import type { TrainConfig, TrainOptions } from '../config/trainConfig.js'
import { stepsAt } from '../run/time/pace.js'
import { type Scheduler, inProcess } from '@spikeward/distributed'
import type { Io } from '../io/io.js'
import { configOf } from '../config/configOf.js'
import { SEARCH_KEY, calibrate, isOnTime, paceOfTrial, searchRate } from './trial.js'
import type { CompareRow, CompareSettings, Measure, Trial } from './trial.js'
import { keyPairs, meanBaselines, withRandomSigns } from './compareBaselines.js'
import type { EstimatorSpec } from './estimatorSpecs.js'
import { meanOf, spreadOf } from '../io/texts.js'
import type { Trials } from '../node/comparison/compareTrials.js'

const BRIEF = 0.3

/** The approximate number of runs. */
export const trialCount = ({ specs, budgets, keys, rates }: CompareSettings): number =>
  specs.length * budgets.length * (keys + (rates <= 1 ? 0 : rates))

/** Measures every estimator at every budget; null for rows that another process of the scheduler measures. */
export function compare(
  settings: CompareSettings,
  trials: Trials,
  io: Io,
  scheduler: Scheduler = inProcess(),
): Promise<readonly (CompareRow | null)[]> {
  const jobs = settings.budgets.flatMap((budget) =>
    settings.specs.map((spec, i) => ({
      id: JSON.stringify([budget, i, spec]),
      run: () => rowOf(spec, budget, settings, trials, io),
    })),
  )
  return scheduler.run(jobs)
}

/** The options of one estimator's runs: those common to all, and its own. */
export const optionsOf = (common: TrainOptions, { estimator, options }: EstimatorSpec): TrainOptions => ({
  ...common,
  ...options,
  declared: { ...common.declared, ...options.declared },
  estimator,
})

async function rowOf(
  spec: EstimatorSpec,
  budget: number,
  settings: CompareSettings,
  trials: Trials,
  io: Io,
): Promise<CompareRow> {
  const { problem, common, rates, share, unit } = settings
  const timed = unit === 's'
  const base: TrainConfig = { ...(await configOf(problem, optionsOf(common, spec), io)), checkpointEvery: 1 }
  const with_ = (change: Partial<TrainConfig>): TrainConfig => ({ ...base, ...change })
  // The planned steps depend on the load of the machine, so a stored trial is identified by its budget.
  const request = (change: Partial<TrainConfig>, seconds: number): Record<string, unknown> => ({
    ...with_({ ...change, steps: 1, seconds }),
  })
  const tuning = timed ? budget : BRIEF
  const { pace: begun, peakBytes } = await trials.keep(
    `${spec.label}, ${budget} ${unit}, pace`,
    { pace: request({}, tuning) },
    { task: 'pace', input: { config: base, seconds: tuning } },
    () => calibrate(base, tuning, io),
  )
  // When a run begins, it is planned by the pace of the last one that ended, which is longer than the trials and
  // reflects the current load of the machine.
  let pace = begun
  const run = async (what: string, change: Partial<TrainConfig>, amount: number, measure: Measure): Promise<Trial> => {
    if (!timed) {
      const own = with_({ ...change, steps: Math.max(1, Math.round(amount)), seconds: null })
      return trials.run(what, { ...own }, measure, own)
    }
    const seconds = amount
    const clock = {
      seconds,
      get pace() {
        return pace
      },
    }
    const trial = await trials.run(what, request(change, seconds), measure, with_(change), clock)
    if (trial.failure === null) pace = paceOfTrial(trial)
    return trial
  }
  const search = await searchRate(base.learningRate, rates, (learningRate) =>
    run(`${spec.label}, search, rate ${learningRate}`, { learningRate, key: SEARCH_KEY }, share * budget, 'validation'),
  )
  const { learningRate } = search
  const done = await Promise.all(
    (await keyPairs(settings, base)).map((pair) =>
      run(`${spec.label}, ${budget} ${unit}, key ${pair.key}`, { learningRate, ...pair }, budget, 'test'),
    ),
  )
  const tested = settings.baselines === 'all' ? await withRandomSigns(done, trials, io) : done
  const whole = tested.filter(({ failure }) => failure === null)
  return {
    label: spec.label,
    budget,
    config: with_({
      learningRate,
      steps: whole[0]?.steps ?? (timed ? stepsAt(pace, budget) : budget),
      seconds: timed ? budget : null,
    }),
    search,
    trials: tested,
    mean: meanOf(whole.map((t) => t.relativeL2)),
    spread: spreadOf(whole.map((t) => t.relativeL2)),
    meanPooled: meanOf(whole.map((t) => t.relativeL2Pooled)),
    spreadPooled: spreadOf(whole.map((t) => t.relativeL2Pooled)),
    baselines: meanBaselines(whole),
    failures: done.length - whole.length,
    offTime: timed ? whole.filter((t) => !isOnTime(t, budget)).length : 0,
    seconds: meanOf(whole.map((t) => t.seconds)),
    steps: meanOf(whole.map((t) => t.steps)),
    stepsPerSecond: meanOf(whole.map((t) => t.steps / t.seconds)),
    forwardEquivalents: meanOf(whole.map((t) => t.forwardEquivalents)),
    peakBytes,
  }
}
