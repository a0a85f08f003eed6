import { basename, join } from 'node:path'
import type { Experiment, Measurement, Split } from '../../assembly/experiment.js'
import { resultSpecs } from '../../figures/resultSpecs.js'
import type { FigureLabels, MeasuredOn } from '../../figures/resultSpecs.js'
import { writeWhole } from '@spikeward/core/node'
import type { FigureSpec } from '@spikeward/plots'
import { renderFigure } from '@spikeward/plots/node'
import { lossSpec } from '@spikeward/plots'
import type { MetricLine } from '@spikeward/train/node'

/**
 * Draws a run into its folder, as SVG and PNG: `result` and `errors` as {@link drawResult} does on the test split, and
 * `loss`.
 *
 * @param baseline error of the untrained network, null if there is none
 * @returns the names of the files
 */
export async function drawFigures(
  folder: string,
  { title, names }: FigureLabels,
  experiment: Experiment,
  measured: Measurement,
  baseline: number | null,
  metrics: readonly MetricLine[],
): Promise<readonly string[]> {
  const place = { folder, result: 'result', errors: 'errors', title, names }
  const result = await drawResult(place, experiment, await measuredOn(experiment, 'test'), measured, baseline)
  const losses = metrics.flatMap(({ step, loss }) => (typeof loss === 'number' ? [{ step, loss }] : []))
  const validation = metrics.flatMap(({ step, relativeL2 }) =>
    typeof relativeL2 === 'number' ? [{ step, relativeL2 }] : [],
  )
  const loss =
    losses.length === 0 ? [] : await writeFigure(join(folder, 'loss'), lossSpec({ losses, validation }, { title }))
  return [...result, ...loss].map((path) => basename(path))
}

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

/**
 * Draws and writes `path`.svg and `path`.png atomically; returns the two paths.
 *
 * @throws DISK_FULL, FILE_UNWRITABLE
 */
export async function writeFigure(path: string, spec: FigureSpec): Promise<readonly string[]> {
  const { svg, png } = await renderFigure(spec)
  await writeWhole(`${path}.svg`, svg)
  await writeWhole(`${path}.png`, png)
  return [`${path}.svg`, `${path}.png`]
}
