import {
  SpikewardError,
  broadcastTo,
  defineFactory,
  defineOptions,
  mul,
  option,
  opaqueType,
  sum,
  tensor,
} from '@spikeward/core'
import type { Differentiate, OptionsOf } from '@spikeward/core'
import { type Derivative, fieldBy } from './fieldBy.js'
import { shifted } from './shifted.js'

const isPositive = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x) && x > 0

const isStep = (x: unknown): x is number | readonly number[] =>
  isPositive(x) || (Array.isArray(x) && x.length > 0 && x.every(isPositive))

/** `0.05`, or `0.05:0.02` for one step per axis. */
function parseStep(text: string): number | readonly number[] {
  const steps = text.split(':').map(Number)
  return steps.length === 1 ? steps[0]! : steps
}

const isAccuracy = (x: unknown): x is 2 | 4 => x === 2 || x === 4

/** Options of {@link stencilDerivatives}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  /** Distance h between two points of the stencil, in the unit of the coordinate: one number, or one for each axis. */
  step: option(
    {
      ...opaqueType('a finite number above 0, or a list of them (as text with colons, 0.05:0.02)', isStep),
      parse: parseStep,
    },
    { required: true, help: 'distance between points of the stencil, or one for each axis (h)' },
  ),
  /** Order of accuracy: the error is of this order in h. Default 2. */
  accuracy: option({ ...opaqueType('2 or 4', isAccuracy), parse: Number }, { default: 2, help: 'order of accuracy' }),
}))

/** Options of {@link stencilDerivatives}. */
export type StencilDerivativesOptions = OptionsOf<typeof options>

/** Offsets in units of h, and weights in units of 1/hᵏ. */
const stencils = {
  2: {
    1: { offsets: [-1, 1], weights: [-1 / 2, 1 / 2] },
    2: { offsets: [-1, 0, 1], weights: [1, -2, 1] },
    3: { offsets: [-2, -1, 1, 2], weights: [-1 / 2, 1, -1, 1 / 2] },
    4: { offsets: [-2, -1, 0, 1, 2], weights: [1, -4, 6, -4, 1] },
  },
  4: {
    1: { offsets: [-2, -1, 1, 2], weights: [1 / 12, -2 / 3, 2 / 3, -1 / 12] },
    2: { offsets: [-2, -1, 0, 1, 2], weights: [-1 / 12, 4 / 3, -5 / 2, 4 / 3, -1 / 12] },
    3: { offsets: [-3, -2, -1, 1, 2, 3], weights: [1 / 8, -1, 13 / 8, -13 / 8, 1, -1 / 8] },
    4: { offsets: [-3, -2, -1, 0, 1, 2, 3], weights: [-1 / 6, 2, -13 / 2, 28 / 3, -13 / 2, 2, -1 / 6] },
  },
} as const

/**
 * Derivatives in the coordinates by central differences of the network: (u(x + h) − u(x − h))/2h and (u(x + h) − 2u(x)
 * + u(x − h))/h², or their more accurate versions, to order 4; a mixed derivative is a stencil of stencils. Only values
 * of the field are used, so it works for any kind of spikes.
 *
 * Rates over T steps have a resolution of 1/T. Choose h so large that u changes by much more than that over h;
 * otherwise the stencil measures the steps of the rates. In f32, rounding adds about 1e-7/hᵏ.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 */
export const stencilDerivatives = /* @__PURE__ */ defineFactory(
  {
    kind: 'derivative',
    name: 'stencilDerivatives',
    aliases: ['stencil'],
    summary: 'central differences, from values only; the step must be large compared with 1/T',
    facts: { use: 'any spikes' },
    options,
  },
  (read) =>
    (settings: StencilDerivativesOptions): Differentiate => {
      const { step, accuracy } = read(settings)
      const derivative: Derivative = (u, c, axis, order) => {
        const h = typeof step === 'number' ? step : step[axis]
        if (h === undefined) {
          throw new SpikewardError(
            'INVALID_OPTION',
            `stencilDerivatives: no step for axis ${axis}; give one for each axis`,
          )
        }
        const { offsets, weights } = stencils[accuracy][order]
        const like = c.kind === 'points' ? c.x : c.axes[axis]!
        const column = (values: readonly number[]) =>
          broadcastTo(tensor([...values], { dtype: like.dtype, shape: [values.length, 1] }), [
            values.length,
            like.shape[0]!,
          ])
        const moved = shifted(u, c, axis, column(offsets.map((o) => o * h)))
        return sum(mul(moved.values, moved.spread(column(weights.map((w) => w / h ** order)))), moved.place)
      }
      const differentiate: Differentiate = (u) => fieldBy(u, derivative, () => undefined)
      return Object.assign(differentiate, { fromValues: true })
    },
)

/** The default width, as a share of the shortest axis. */
const SHARE = 0.05

/**
 * The usual step of a stencil, or deviation of the noise of Stein's derivatives: 5 % of the shortest axis.
 *
 * @param domain [low, high] of each axis
 * @example stencilDerivatives({ step: stencilWidth(problem.domain) })
 */
export const stencilWidth = (domain: readonly (readonly [number, number])[]): number =>
  SHARE * Math.min(...domain.map(([low, high]) => high - low))
