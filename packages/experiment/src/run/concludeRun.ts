import type { Backend } from '@spikeward/core'
import { restoreVariables, snapshotOf } from '@spikeward/train'
import type { BestReadout, EndEvent, Snapshot, Variables } from '@spikeward/train'
import type { Experiment, MeasuredOn, Measurement, Readouts } from '../assembly/experiment.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { type Parts, fitParts } from './buildParts.js'
import { type LastSolve, type Result, measuredResult } from './result.js'
import type { Stopwatch } from './time/pace.js'

export type Ended = {
  readonly config: TrainConfig
  readonly parts: Parts
  readonly backend: Backend
  readonly ended: EndEvent
  /** The state with the least validation error, of a run with patience; null: that of its last step counts. */
  readonly best: Snapshot | null
  readonly times: Stopwatch
}

export type Conclusion = {
  readonly variables: Variables
  readonly untrained: Untrained
  readonly measured: Measurement
  /** Its state after the last solve of the readouts, as it is stored; null: the run has no such solve. */
  readonly solved: Snapshot | null
  readonly result: Omit<Result, 'run'>
}

const UNTRAINED = { step: 0, seconds: 0, forwardEquivalents: 0 }

const withoutVariables = ({ variables: _, ...last }: BestReadout & LastSolve): LastSolve => last

/**
 * Solves the readouts of a run a last time, if it solves them, and measures it and its untrained network on the test
 * split.
 */
export async function concludeRun({ config, parts, backend, ended, best, times }: Ended): Promise<Conclusion> {
  const { experiment } = parts
  // Before the test split is allocated: the peak is that of training.
  const { peakBytes } = backend.stats()
  const reached = best === null ? ended.variables : await restoreVariables(experiment.task, best, { backend })
  const untrained = untrainedOnce(parts, config.key, backend)
  const solve = async (): Promise<End> =>
    config.patience === null
      ? { last: await lastSolve(experiment, reached), before: null }
      : bestSolve(experiment, untrained, reached)
  const { last, before } = solvesAtEnd(experiment, config.patience)
    ? await times.time('last readout solve', solve)
    : { last: null, before: null }
  const model = experiment.record === null ? {} : { model: experiment.record }
  const solved =
    last === null
      ? null
      : await snapshotOf(last.variables, { ...(last.untrained ? UNTRAINED : (best ?? ended)), ...model })
  const variables = last?.variables ?? reached
  const { measured, baseline } = await times.time('evaluation', async () => ({
    measured: await experiment.measure(variables, 'test'),
    baseline:
      before === null
        ? await ridgeBaseline(experiment, untrained)
        : (await experiment.measure(before.variables, 'test')).relativeL2,
  }))
  const result = {
    ...measuredResult(config, experiment, ended, measured, baseline, peakBytes),
    ...(last === null ? {} : { lastSolve: withoutVariables(last) }),
  }
  return { variables, untrained, measured, solved, result }
}

/**
 * Relative L2 error on the test split of the run's own network before any training, its readout solved by ridge
 * regression. A run that does not beat it has gained nothing by training. Null if there are no data to solve from, or
 * the readout is too wide: `noBaseline` of the experiment gives the reason.
 *
 * @param on other data to report on, such as those of a user
 */
export const ridgeBaseline = async (
  { noBaseline, baseline }: Experiment,
  untrained: Untrained,
  on?: MeasuredOn,
): Promise<number | null> => (noBaseline === null ? baseline(await untrained(), on) : null)

export type Untrained = () => Promise<Variables>

/** The initial variables of a run, which the first call computes and all calls return. */
export function untrainedOnce(parts: Parts, key: number, backend: Backend): Untrained {
  let untrained: Promise<Variables> | null = null
  return () => (untrained ??= untrainedOf(parts, key, backend))
}

/** The initial variables of a run. */
export async function untrainedOf(parts: Parts, key: number, backend: Backend): Promise<Variables> {
  for await (const event of fitParts(parts, { backend, key, steps: 0 }))
    if (event.type === 'end') return event.variables
  throw new Error('a run of no steps ends at once')
}

/** The end of a run that solves its readouts: the penalty of the last solve, and the error that chose it. */
export type End = {
  /** The last solve, with which it ends; null: it ends with the variables that it reached. */
  readonly last: (BestReadout & LastSolve) | null
  /** The untrained network with its solved readouts; null if it was not solved. */
  readonly before: BestReadout | null
}

/**
 * The readouts of a run that it solves from data, if they are not too wide to be solved for several penalties; else
 * null.
 */
const solvedBy = ({ readouts, noBaseline }: Experiment): Readouts | null =>
  readouts?.whileTraining === true && noBaseline === null ? readouts : null

/** Whether a run solves readouts after its last step: its own, or with patience those of the untrained network. */
export function solvesAtEnd(experiment: Experiment, patience: number | null): boolean {
  const readouts = solvedBy(experiment)
  return readouts !== null && (readouts.atEnd || patience !== null)
}

/**
 * Solves the readouts of a trained operator network once more, for each of several penalties, and returns the solution
 * with the smallest validation error, as for the untrained network. A small penalty makes hidden layers unstable while
 * they train; after the last step it only improves the fit.
 *
 * Null if the run has no such solve: its penalty is given by the user or by the tuned settings, its readouts are never
 * solved, or they are too wide for the baseline. Null also if no penalty reduces the validation error.
 */
export async function lastSolve(experiment: Experiment, variables: Variables): Promise<BestReadout | null> {
  const readouts = solvedBy(experiment)
  return readouts?.atEnd === true ? readouts.improved(variables) : null
}

/**
 * The end of a run that keeps its best state. The untrained network with a solved readout counts as a state, whatever
 * the penalty of the run: it is kept if its validation error is below that of the trained network.
 *
 * `last` is null in the cases of {@link lastSolve}, unless the untrained network is better.
 */
export async function bestSolve(experiment: Experiment, untrained: Untrained, variables: Variables): Promise<End> {
  const readouts = solvedBy(experiment)
  if (readouts === null) return { last: null, before: null }
  const last = await lastSolve(experiment, variables)
  const reached = last?.validation ?? (await experiment.measure(variables, 'validation')).relativeL2
  const before = await readouts.solved(await untrained())
  if (before === null || before.validation >= reached) return { last, before }
  return { last: { ...before, untrained: true }, before }
}
