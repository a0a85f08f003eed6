import { SpikewardError, defineFactory, defineOptions, integer, numbers } from '@spikeward/core'
import type { Domain, OptionsOf, PointSet, RegressionProblem } from '@spikeward/core'
import { MAX_POINTS, OWN, firstPoints, samplesOf } from '../settings/own.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Inputs of each point: 1 for a curve, 2 for a surface. Default 1. */
  inputs: integer({ min: 1, max: 2, default: 1, help: 'inputs of each point: 1 for a curve, 2 for a surface' }),
  /** Place and value of each point, one after another. Default a wave. */
  points: numbers({
    min: -1,
    max: 1,
    most: 3 * MAX_POINTS,
    default: firstPoints(1).flat(),
    help: 'place and value of each point, one after another',
  }),
}))

/**
 * The user's own points. Only data exist: there is no exact target, and the error is measured at these points. As in a
 * table of the command line, the domain is the range of the inputs.
 *
 * @throws INVALID_OPTION if there is no point, or a part of one
 */
export const ownPoints = /* @__PURE__ */ defineFactory(
  { kind: 'problem', name: OWN, summary: 'points of your own', options, facts: { kind: 'regression' } },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): RegressionProblem => {
      const { inputs, points } = read(settings)
      const rows = samplesOf(points, inputs)
      if (rows.at(-1)?.length !== inputs + 1)
        throw new SpikewardError(
          'INVALID_OPTION',
          `${points.length} numbers do not make points of ${inputs + 1} numbers each; give place and value of each`,
        )
      const train: PointSet = {
        x: Float64Array.from(rows.flatMap((row) => row.slice(0, inputs))),
        y: Float64Array.from(rows.map((row) => row[inputs]!)),
        count: rows.length,
        grid: null,
      }
      const domain: Domain = Array.from({ length: inputs }, (_, a) => {
        const along = rows.map((row) => row[a]!)
        const [low, high] = [Math.min(...along), Math.max(...along)]
        return low < high ? [low, high] : [low - 0.5, low + 0.5]
      })
      return { kind: 'regression', name: 'own-points', inputs, outputs: 1, domain, points: () => train }
    },
)
