import {
  add,
  cast,
  clip,
  defineFactory,
  defineOptions,
  expandDims,
  floor,
  iota,
  less,
  lessEqual,
  logicalAnd,
  mul,
  reshape,
  sub,
} from '@spikeward/core'
import type { OptionsOf, Tensor } from '@spikeward/core'
import type { Drive } from '../unroll.js'
import { checkInterval, intervalOptions, signalArgument, stepsOption } from './encoderOptions.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Number of time steps, and of units per input. */
  steps: stepsOption(),
  ...intervalOptions(),
}))

/** Options of {@link triangularEncoding}; `steps` is also the number n of units per input. */
export type TriangularOptions = OptionsOf<typeof options>

/**
 * Triangular-matrix code: a value becomes the first k rows of the lower triangular matrix of ones, time down and units
 * across.
 *
 *     s_{t,j} = [j ≤ t] [t < k],   k = round(n (x − min)/(max − min)) ∈ {0, …, n},   n = `steps`, x clipped
 *
 * **Our definition.** Unit j first fires at step j and all stop together after step k − 1: the level is there in time
 * (k busy steps), in space (k busy units), and in the counts Σ_t s_{t,j} = max(0, k − j), whose weighted sums are
 * exactly the piecewise linear functions of the level that vanish at 0. There are n + 1 levels and k(k + 1)/2 spikes;
 * neighbouring levels differ in one row.
 *
 * x [..., d] gives [n, ..., d·n], the units of one input side by side; a scalar gives [n, n]; binary, of x's dtype. No
 * derivative with respect to x. The idea of a triangular matrix in space and time is that of "Spiking Neural Operators
 * for Scientific Machine Learning", arXiv 2205.10130 (2022); which rows stand for which value is ours.
 *
 * @throws INVALID_OPTION
 * @example
 * await triangularEncoding(tensor(0.7), { steps: 3 }).current.data() // [1, 0, 0, 1, 1, 0, 0, 0, 0]
 */
export const triangularEncoding = /* @__PURE__ */ defineFactory(
  {
    kind: 'encoder',
    name: 'triangularEncoding',
    summary: 'triangular-matrix code: a value becomes the first rows of a triangle of spikes',
    facts: { current: 'level k of T: the first k rows of the lower triangular T × T matrix' },
    arguments: /* @__PURE__ */ defineOptions(() => ({ x: signalArgument() })),
    options,
  },
  (read) =>
    (x: Tensor, settings: TriangularOptions): Drive => {
      const { steps: n, min, max } = read(settings, { x })
      checkInterval('triangularEncoding', { min, max })
      const level = floor(add(mul(clip(sub(x, min), 0, max - min), n / (max - min)), 0.5))
      const time = iota([n, ...x.shape.map(() => 1), 1], 0, x.dtype)
      const busy = less(time, expandDims(level, x.ndim))
      const spikes = cast(logicalAnd(lessEqual(iota([n], 0, x.dtype), time), busy), x.dtype)
      const shape = x.ndim === 0 ? [n, n] : [n, ...x.shape.slice(0, -1), x.shape.at(-1)! * n]
      return { current: reshape(spikes, shape), duration: {} }
    },
)
