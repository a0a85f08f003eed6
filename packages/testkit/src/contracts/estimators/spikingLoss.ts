import {
  add,
  affine,
  cast,
  customJvp,
  div,
  greater,
  key,
  lossParts,
  mean,
  mul,
  normal,
  overTime,
  reshape,
  scan,
  square,
  sub,
  sum,
  tanh,
  zeros,
} from '@spikeward/core'
import type { Affine, FloatDType, Loss, Tensor } from '@spikeward/core'
import { draw } from '../../tensorValues.js'

/** Parameters of {@link spikingLoss}. */
export type SpikingParams = { readonly layers: readonly Affine[]; readonly readout: Affine }

/** A step with the slope 1/(1 + (2u)²). */
const fire = customJvp(
  (u: Tensor): Tensor => cast(greater(u, 0), u.dtype),
  ([u], [du]) => [cast(greater(u!, 0), u!.dtype), div(du!, add(1, square(mul(u!, 2))))],
)

/** Options of {@link spikingLoss}. */
export type SpikingLossOptions = {
  /** Default `f64`. */
  readonly dtype?: FloatDType
  /** Inputs, hidden widths, outputs; default [2, 3, 1]. */
  readonly widths?: readonly number[]
  /** Points; default 5. */
  readonly samples?: number
  /** Time steps; default 6. */
  readonly time?: number
  /** The current of each hidden layer is added to that of the next, of the same width; default false. */
  readonly residual?: boolean
  /** The matrix that hidden layers above the first multiply by, as a function of their weight; default: the weight. */
  readonly weightMap?: (weight: Tensor) => Tensor
}

/**
 * The loss of a small spiking network on random points. It exposes its parts, to test estimators that use affine
 * layers.
 *
 *     u ← 0.9 u + I,   s = H(u − 1),   u ← u − s,   y = 1.5 (r W + b) with r the mean spike rates of the last layer
 *
 * The first layer receives a constant current; later layers receive spikes. The loss is the mean squared error, the
 * slope of a spike 1/(1 + (2u)²), gradients pass through the reset. All numbers are fixed.
 *
 * @example describeEstimator(() => mine(), { problem: (dtype) => spikingLoss({ dtype, widths: [2, 3, 2] }) })
 */
export function spikingLoss(options: SpikingLossOptions = {}): {
  readonly loss: Loss<SpikingParams>
  readonly params: SpikingParams
} {
  const { dtype = 'f64', widths = [2, 3, 1], samples = 5, time = 6, residual = false, weightMap } = options
  const x = normal(key(1), [samples, widths[0]!], { dtype })
  const y = normal(key(2), [samples, widths.at(-1)!], { dtype })
  const layer = (l: number): Affine => ({
    weight: mul(normal(key(3).fold(l), [widths[l]!, widths[l + 1]!], { dtype }), 1.2),
    bias: add(mul(normal(key(4).fold(l), [widths[l + 1]!], { dtype }), 0.3), 0.5),
  })
  const hidden = widths.length - 2
  const params: SpikingParams = { layers: Array.from({ length: hidden }, (_, l) => layer(l)), readout: layer(hidden) }
  /** The network at the points x. */
  const forward = (p: SpikingParams, at: Tensor): Tensor => {
    const first = affine(p.layers[0]!, at)
    let current: Tensor | null = null
    let rates = at
    p.layers.forEach((_, l) => {
      const step = (u: Tensor, now: Tensor | null): [Tensor, Tensor] => {
        const charged = add(mul(u, 0.9), now ?? first)
        const s = fire(sub(charged, 1))
        return [sub(charged, s), s]
      }
      const [, spikes] = scan(step, zeros([samples, widths[l + 1]!], dtype), current, { length: time })
      rates = div(sum(spikes, 0), time)
      const above = p.layers[l + 1]
      if (above === undefined) return
      const own = { ...above, weight: weightMap === undefined ? above.weight : weightMap(above.weight) }
      const layer = (s: Tensor, below: Tensor): Tensor => (residual ? add(affine(own, s), below) : affine(own, s))
      current = current === null ? overTime((s) => layer(s, first), spikes) : overTime(layer, spikes, current)
    })
    return mul(affine(p.readout, rates), 1.5)
  }
  const parts = lossParts({
    samples,
    input: x,
    forward,
    head: (output) => mean(square(sub(output, y)), 1),
    residuals: (output) => reshape(sub(output, y), [-1]),
  })
  const loss = (p: SpikingParams): Tensor => mean(parts.head(forward(p, x)))
  return { loss: Object.assign(loss, { parts }), params }
}

/** Parameters of {@link smoothLoss}. */
export type SmoothParams = {
  readonly hidden: { readonly weight: Tensor; readonly bias: Tensor }
  readonly readout: { readonly weight: Tensor; readonly bias: Tensor }
}

/** A network of 2-3-1 with tanh on four points: smooth, two blocks, 13 parameters; the loss exposes its parts. */
export function smoothLoss(dtype: FloatDType): { readonly loss: Loss<SmoothParams>; readonly params: SmoothParams } {
  const x = draw([4, 2], dtype, 3)
  const y = draw([4, 1], dtype, 4)
  const params = {
    hidden: { weight: draw([2, 3], dtype, 5), bias: draw([3], dtype, 6) },
    readout: { weight: draw([3, 1], dtype, 7), bias: draw([1], dtype, 8) },
  }
  const forward = ({ hidden, readout }: SmoothParams, at: Tensor): Tensor => affine(readout, tanh(affine(hidden, at)))
  const parts = lossParts({
    samples: 4,
    input: x,
    forward,
    head: (output) => mean(square(sub(output, y)), 1),
    residuals: (output) => reshape(sub(output, y), [-1]),
  })
  const loss = (p: SmoothParams): Tensor => mean(parts.head(forward(p, x)))
  return { loss: Object.assign(loss, { parts }), params }
}
