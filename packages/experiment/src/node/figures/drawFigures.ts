import { basename, join } from 'node:path'
import { lossSpec } from '@spikeward/plots'
import type { MetricLine } from '@spikeward/train/node'
import type { Experiment, Measurement } from '../../assembly/experiment.js'
import { drawResult, measuredOn } from './drawResult.js'
import type { FigureLabels } from '../../figures/resultSpecs.js'
import { writeFigure } from './writeFigure.js'

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
