import type { Backend } from '@spikeward/core'
import { restoreVariables, snapshotOf } from '@spikeward/train'
import type { BestReadout, EndEvent, Snapshot, Variables } from '@spikeward/train'
import type { Measurement } from '../assembly/experiment.js'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Parts } from './buildParts.js'
import { bestSolve, lastSolve, ridgeBaseline, solvesAtEnd, untrainedOnce } from './lastSolve.js'
import type { End, LastSolve, Untrained } from './lastSolve.js'
import { type Result, measuredResult } from './result.js'
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

/** Solves the readouts of a run a last time, if it solves them, and measures it and its untrained network on the test split. */
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
