import { basename, join } from 'node:path'
import type { PointSet, RegressionProblem } from '@spikeward/core'
import type { MetricLine } from '@spikeward/train/node'
import { curvesSpec, lossSpec } from './curves.js'
import { mapsSpec } from './maps.js'
import { writeFigure } from './render.js'

const column = (values: Float64Array, outputs: number): Float64Array => values.filter((_, i) => i % outputs === 0)

/**
 * Draws what a regression run learned into its folder, as SVG and PNG: `result` (one input: curves; two inputs on a
 * grid: target, prediction and error side by side), and `loss`. Of several outputs the first is drawn.
 *
 * @returns the names of the files, none where the problem is of more than two inputs and no loss was recorded
 */
export async function drawFigures(
  folder: string,
  title: string,
  problem: RegressionProblem,
  points: PointSet,
  prediction: Float64Array,
  metrics: readonly MetricLine[],
): Promise<readonly string[]> {
  const written: (readonly string[])[] = []
  const target = column(points.y, problem.outputs)
  const found = column(prediction, problem.outputs)
  const [first, second] = problem.domain
  if (problem.inputs === 1) {
    written.push(await writeFigure(join(folder, 'result'), curvesSpec(title, points.x, target, found)))
  } else if (problem.inputs === 2 && points.grid !== null && first !== undefined && second !== undefined) {
    const [n = 1, m = 1] = points.grid
    const field = { shape: [n, m] as const, domain: [first, second] as const, values: target }
    written.push(await writeFigure(join(folder, 'result'), mapsSpec(title, field, found)))
  }
  const losses = metrics.flatMap(({ step, loss }) => (typeof loss === 'number' ? [{ step, loss }] : []))
  const validation = metrics.flatMap(({ step, relativeL2 }) =>
    typeof relativeL2 === 'number' ? [{ step, relativeL2 }] : [],
  )
  if (losses.length > 0) written.push(await writeFigure(join(folder, 'loss'), lossSpec(title, losses, validation)))
  return written.flat().map((path) => basename(path))
}
