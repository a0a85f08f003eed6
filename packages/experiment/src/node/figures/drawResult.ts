import { join } from 'node:path'
import type { Experiment, Measurement, Split } from '../../assembly/experiment.js'
import { resultSpecs } from '../../figures/resultSpecs.js'
import type { FigureLabels, MeasuredOn } from '../../figures/resultSpecs.js'
import { writeFigure } from './writeFigure.js'

export type Place = FigureLabels & {
  readonly folder: string
  readonly result: string
  readonly errors: string
}

/** A split of a run. */
export const measuredOn = async (experiment: Experiment, split: Split): Promise<MeasuredOn> =>
  experiment.kind === 'operator'
    ? { kind: 'functions', problem: experiment.problem, data: await experiment.problem.data(split) }
    : { kind: 'points', points: experiment.problem.points(split) }

/** Draws {@link resultSpecs} as SVG and PNG; returns the paths of the files. */
export async function drawResult(
  { folder, result, errors, ...labels }: Place,
  experiment: Experiment,
  on: MeasuredOn,
  measured: Measurement,
  baseline: number | null,
): Promise<readonly string[]> {
  const specs = resultSpecs(experiment, on, measured, baseline, labels)
  return [
    ...(specs.result === null ? [] : await writeFigure(join(folder, result), specs.result)),
    ...(specs.errors === null ? [] : await writeFigure(join(folder, errors), specs.errors)),
  ]
}
