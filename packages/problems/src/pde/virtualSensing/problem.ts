import { SpikewardError, defineFactory, defineOptions, integer, uniform } from '@spikeward/core'
import type { HostCoords, OperatorProblem, OptionsOf, SourceFunction } from '@spikeward/core'
import { checkArraySize } from '../../checks.js'
import { pointsOf } from '../../geometry/coordinates.js'
import { sensorsOfSeveral } from '../../geometry/sensors.js'
import { generatedProblem } from '../../operatorProblem/generatedProblem.js'
import { splitOptions } from '../../operatorProblem/splitOptions.js'
import { disc } from '../../shapes/ball.js'
import { interiorPoints } from '../../shapes/points/points.js'
import { type FunctionSpace, sampleFunctions } from '../../spaces/sampleFunctions.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Scattered points of the disc, where the field is wanted. Default 256. */
  points: integer({ min: 16, default: 256, help: 'scattered points of the disc, where the field is wanted' }),
  /** Points with a sensor, others for each function. Default 32. */
  sensors: integer({ min: 1, default: 32, help: 'points with a sensor, others for each function' }),
  /** Largest wave number of the temperature on the border. Default 6. */
  modes: integer({ min: 1, max: 64, default: 6, help: 'largest wave number of the temperature on the border' }),
  ...splitOptions(1000, 100, 200),
}))

/** Options of {@link virtualSensing}. */
export type VirtualSensingOptions = OptionsOf<typeof options>

/**
 * Solutions of Δu = 0 in the unit disc whose values on the border are Gaussian with variance 1:
 *
 *     u(r, θ) = (1/s) Σₖ (r^k/k)(aₖ cos kθ + bₖ sin kθ),   k = 1 … modes,   s² = Σ 1/k²,   aₖ and bₖ standard normal
 */
const harmonicSolution = (modes: number): FunctionSpace => {
  const waves = Array.from({ length: modes }, (_, i) => i + 1)
  const scale = 1 / Math.sqrt(waves.reduce((sum, k) => sum + 1 / k ** 2, 0))
  return {
    name: `harmonic(${modes})`,
    rank: 2 * modes,
    basis: (at) =>
      Float64Array.from({ length: at.length * modes }, (_, i) => {
        const [p, c] = [Math.floor(i / (2 * modes)), i % (2 * modes)]
        const [x, y, k] = [at[2 * p]!, at[2 * p + 1]!, waves[c >> 1]!]
        const angle = k * Math.atan2(y, x)
        return (scale / k) * Math.hypot(x, y) ** k * (c % 2 === 0 ? Math.cos(angle) : Math.sin(angle))
      }),
  }
}

/** The coordinates (number, x, y) of one of the functions of a row: 0 the values at sensors, 1 their places, 2 u. */
const ofFunction = (number: number, x: Float64Array): Float64Array =>
  Float64Array.from({ length: 1.5 * x.length }, (_, i) =>
    i % 3 === 0 ? number : x[2 * Math.floor(i / 3) + (i % 3) - 1]!,
  )

/**
 * A temperature everywhere from few sensors, whose places differ from function to function:
 *
 *     Δu = 0 in the unit disc,   u Gaussian on its border, of variance 1
 *     u at 32 of 256 scattered points, 0 at the others; and 1 where a sensor is, else 0   ↦   u at all of them
 *
 * The points are uniform in the disc and the same for all functions, so that a graph network maps them to themselves.
 * The solution is exact, in polar harmonics. The problem states no residual: a graph network gives no derivatives of u
 * at scattered points.
 *
 * @throws INVALID_OPTION for more sensors than points
 * @see sparse sensors and graph operators: VS-GNO, arXiv 2604.16722
 * @example
 * const { sensors, values } = await virtualSensing().data('test') // [200, 512] and [200, 256]
 */
export const virtualSensing = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'virtualSensing',
    summary: 'operator (u at few sensors, their places) ↦ u, Δu = 0 in a disc, at scattered points',
    options,
    facts: { inputs: 'harmonic Gaussian field at random points', solution: 'exact', kind: 'operator' },
  },
  (read) =>
    (settings: VirtualSensingOptions = {}): OperatorProblem => {
      const { points: n, sensors: m, modes, key, ...sizes } = read(settings)
      if (m > n)
        throw new SpikewardError(
          'INVALID_OPTION',
          `virtualSensing: ${m} sensors at ${n} points; give at most as many sensors as points`,
        )
      checkArraySize(`virtualSensing: the coordinates of ${n} points`, 2 * n, 'points')
      const space = harmonicSolution(modes)
      const x = interiorPoints(disc({ center: [0, 0], radius: 1 }), n, { sequence: 'uniform' })
      const place = { x, count: n, axes: 2 }
      return generatedProblem({
        name: 'virtual-sensing',
        axes: ['x', 'y'],
        domain: [
          [-1, 1],
          [-1, 1],
        ],
        sensors: sensorsOfSeveral([
          { name: 'u', ...place },
          { name: 'sensor', ...place },
        ]),
        at: { kind: 'points', x, axes: 2 },
        sizes,
        key,
        signature: `${space.name}; ${m} sensors at ${n} points`,
        async sample(k, count) {
          const fields = await sampleFunctions(space, k, count)
          const marks = Float64Array.from(await uniform(k.fold(1), [count, n], { dtype: 'f64' }).data(), Number)
          return fields.map((u, i): SourceFunction => {
            const own = marks.subarray(i * n, (i + 1) * n)
            const last = own.toSorted()[m - 1]!
            const isSensor = new Set(
              Array.from(own.keys()).flatMap((p) => (own[p]! <= last ? [`${x[2 * p]!} ${x[2 * p + 1]!}`] : [])),
            )
            return (at) => {
              const places = at.filter((_, c) => c % 3 !== 0)
              const field = u(places)
              return field.map((v, p) => {
                const which = at[3 * p]!
                const measured = isSensor.has(`${places[2 * p]!} ${places[2 * p + 1]!}`) ? 1 : 0
                return which === 2 ? v : which === 1 ? measured : v * measured
              })
            }
          })
        },
        solve: (f, where: HostCoords) => f(ofFunction(2, pointsOf(where).x)),
        physics: null,
      })
    },
)
