import {
  add,
  defineFactory,
  defineOptions,
  div,
  exp,
  expandDims,
  integer,
  iota,
  mul,
  number,
  reshape,
  square,
  sub,
} from '@spikeward/core'
import type { OptionsOf, Tensor } from '@spikeward/core'
import type { Drive } from '../unroll.js'
import { constantCurrent } from './constantCurrent.js'
import { checkInterval, intervalOptions, signalArgument, stepsOption } from './encoderOptions.js'

const fieldOptions = /* @__PURE__ */ defineOptions(() => ({
  /** Units m per input, at least 2. */
  units: integer({ min: 2, required: true, help: 'units for each input (m)' }),
  /** Width σ of a field in units of x; the distance between centres by default. */
  width: number({ min: 0, above: true, computed: 'the distance between centres', help: 'width of a field (σ)' }),
  ...intervalOptions(),
}))

/** Options of {@link gaussianReceptiveFields}. */
export type ReceptiveFieldOptions = OptionsOf<typeof fieldOptions>

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Number of time steps. */
  steps: stepsOption(),
  ...fieldOptions,
}))

/** Options of {@link populationEncoding}. */
export type PopulationOptions = OptionsOf<typeof options>

/**
 * Gaussian receptive fields: every input becomes the activities of m units, each with its preferred value.
 *
 *     a_j = exp(−(x − c_j)²/(2σ²)),   c_j = min + j Δ,   Δ = (max − min)/(m − 1),   σ = Δ by default
 *
 * x [..., d] gives [..., d·m], the units of one input side by side; a scalar gives [m]. Activities are in (0, 1],
 * smooth in x. With σ = Δ they sum to √(2π) for any x, to eight digits if x is six widths from both ends: nothing is
 * lost between centres.
 *
 * Apply another encoder to the result for spikes, such as `latencyEncoding(gaussianReceptiveFields(x, …), …)`: that is
 * the population code of Bohte et al., Neurocomputing 48 (2002), whose centres are at min + (j − ½)(max − min)/(m − 2)
 * with σ = (max − min)/(1.5(m − 2)).
 *
 * @throws INVALID_OPTION
 * @example
 * await gaussianReceptiveFields(tensor([0.5]), { units: 3 }).data() // [0.6065, 1, 0.6065]
 */
export const gaussianReceptiveFields = /* @__PURE__ */ defineFactory(
  {
    kind: 'encoder',
    name: 'gaussianReceptiveFields',
    summary: 'Gaussian receptive fields: an input becomes the activities of several units',
    facts: { current: 'activities exp(−(x − c_j)²/(2σ²)) of m units per input; smooth in x' },
    arguments: /* @__PURE__ */ defineOptions(() => ({ x: signalArgument() })),
    options: fieldOptions,
  },
  (read) =>
    (x: Tensor, settings: ReceptiveFieldOptions): Tensor => {
      const filled = read(settings, { x })
      const { min, max, units } = filled
      checkInterval('gaussianReceptiveFields', { min, max })
      const distance = (max - min) / (units - 1)
      const { width = distance } = filled
      const centres = add(mul(iota([units], 0, x.dtype), distance), min)
      const offset = div(sub(expandDims(x, x.ndim), centres), width)
      const activity = exp(mul(-0.5, square(offset)))
      if (x.ndim === 0) return activity
      return reshape(activity, [...x.shape.slice(0, -1), x.shape.at(-1)! * units])
    },
)

/**
 * Population code: the activities of {@link gaussianReceptiveFields} as a constant current, a_t = a.
 *
 * Nothing is copied per step, and x keeps its derivatives, which a spiking code would lose.
 *
 * @throws INVALID_OPTION
 * @example
 * const { current, duration } = populationEncoding(tensor([[0.2], [0.7]]), { units: 5, steps: 16 })
 * ;[...current.shape, duration.steps] // [2, 5, 16]
 */
export const populationEncoding = /* @__PURE__ */ defineFactory(
  {
    kind: 'encoder',
    name: 'populationEncoding',
    summary: 'population code: the activities of receptive fields as a constant current',
    facts: { current: 'the activities of `gaussianReceptiveFields` at every step' },
    arguments: /* @__PURE__ */ defineOptions(() => ({ x: signalArgument() })),
    options,
  },
  (read) =>
    (x: Tensor, settings: PopulationOptions): Drive => {
      read(settings, { x })
      const { steps, ...fields } = settings
      return constantCurrent(gaussianReceptiveFields(x, fields), { steps })
    },
)
