import { SpikewardError, defineFactory, defineOptions, integer, uniform } from '@spikeward/core'
import type { Key, OperatorProblem, OptionsOf, SourceFunction } from '@spikeward/core'
import { pointsOf } from '../../geometry/coordinates.js'
import { scatteredPoints } from '../../geometry/gridPoints.js'
import { generatedProblem } from '../../operatorProblem/generatedProblem.js'
import { splitOptions } from '../../operatorProblem/splitOptions.js'
import { unitBox } from '../../operatorProblem/unitSquare.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Scattered points, where the field is wanted. Default 512. */
  points: integer({ min: 16, default: 512, help: 'scattered points of the field' }),
  /** Sensors, at scattered places. Default 16. */
  sensors: integer({ min: 1, default: 16, help: 'places where the field is measured' }),
  /** Releases of a function. Default 2. */
  sources: integer({ min: 1, default: 2, help: 'releases at unknown places' }),
  ...splitOptions(1000, 100, 200),
}))

/** Options of {@link virtualSensing}. */
export type VirtualSensingOptions = OptionsOf<typeof options>

/** A field as its sensors show it, and the field itself. */
type Measured = SourceFunction & { readonly field: SourceFunction }

const DIFFUSIVITY = 0.01
/** Random numbers of a release: its place and its amount. One more is their age. */
const NUMBERS = 3

/** u = Σ q/(4πDt) exp(−|x − x_s|²/4Dt) of the releases in z: Dt, then place and amount of each. */
const fieldOf = (z: Float64Array): SourceFunction => {
  const spread = 4 * DIFFUSIVITY * (0.5 + 1.5 * z[0]!)
  const count = (z.length - 1) / NUMBERS
  return (points) =>
    Float64Array.from({ length: points.length / 2 }, (_, p) => {
      let u = 0
      for (let s = 0; s < count; s++) {
        const [x = 0, y = 0, q = 0] = z.subarray(1 + NUMBERS * s)
        const away = (points[2 * p]! - 0.1 - 0.8 * x) ** 2 + (points[2 * p + 1]! - 0.1 - 0.8 * y) ** 2
        u += ((0.5 + q) / (Math.PI * spread)) * Math.exp(-away / spread)
      }
      return u
    })
}

/** The place of the sensor that is nearest to each point, flat [points, 2]. */
function nearestOf(points: Float64Array, places: Float64Array): Float64Array {
  const found = new Float64Array(points.length)
  for (let p = 0; p < points.length; p += 2) {
    let least = Infinity
    for (let s = 0; s < places.length; s += 2) {
      const away = (points[p]! - places[s]!) ** 2 + (points[p + 1]! - places[s + 1]!) ** 2
      if (away < least) found.set(places.subarray(s, s + 2), p)
      least = Math.min(least, away)
    }
  }
  return found
}

/**
 * A whole field from a few sensors, on scattered points: a substance that was released at unknown places in the plane,
 * and has diffused for an unknown time,
 *
 *     u_t = D Δu, D = 0.01,   u(x, 0) = Σ_s q_s δ(x − x_s)   ⇒   u(x, t) = Σ_s q_s/(4πDt) exp(−|x − x_s|²/4Dt),
 *     two releases, x_s uniform in [0.1, 0.9]², q_s in [0.5, 1.5], t in [0.5, 2],   u(y_k, t) ↦ u(·, t)
 *
 * The input is given at the points of the field, as a network on a mesh needs it: the value at the nearest of 16
 * sensors y_k (as in Fukami et al. 2021). Sensors and points are evenly scattered over the unit square. Where releases
 * lie between sensors the map is not smooth in their values. The solution is exact.
 *
 * @throws INVALID_OPTION; INVALID_ARGUMENT for the solution of a function that the problem did not draw: the values of
 *   sensors do not determine their field
 * @see Fukami, Maulik, Ramachandra, Fukagata & Taira, Nat. Mach. Intell. 2021, 2101.00554 (values of nearest sensors)
 * @example
 * const { sensors, values } = await virtualSensing().data('train') // both [1000, 512]
 */
export const virtualSensing = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'virtualSensing',
    summary: 'operator u at 16 sensors ↦ u on scattered points, u_t = D Δu from unknown releases',
    options,
    facts: { inputs: 'two releases of random place, amount and age', solution: 'exact', kind: 'operator' },
  },
  (read) =>
    (given: VirtualSensingOptions = {}): OperatorProblem => {
      const { points, sensors, sources, key, ...sizes } = read(given)
      const x = scatteredPoints(unitBox, points)
      const places = scatteredPoints(unitBox, sensors)
      const width = 1 + NUMBERS * sources
      return generatedProblem({
        name: 'virtual-sensing',
        axes: ['x', 'y'],
        domain: unitBox,
        sensors: { x, count: points, axes: 2, grid: null },
        at: { kind: 'points', x, axes: 2 },
        sizes,
        key,
        signature: `${sources} releases; D = ${DIFFUSIVITY}; ${sensors} sensors; exact`,
        async sample(k: Key, count) {
          const z = (await uniform(k, [count, width], { dtype: 'f64' }).data()) as Float64Array
          return Array.from({ length: count }, (_, i): Measured => {
            const field = fieldOf(z.subarray(i * width, (i + 1) * width))
            return Object.assign((at: Float64Array) => field(nearestOf(at, places)), { field })
          })
        },
        solve(f, where) {
          if ('field' in f) return (f as Measured).field(pointsOf(where).x)
          throw new SpikewardError(
            'INVALID_ARGUMENT',
            'virtual-sensing: a solution of a function that it did not draw; sensors do not determine a field; take functions of generator.sample',
          )
        },
        physics: null,
      })
    },
)
