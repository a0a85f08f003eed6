import {
  add,
  cast,
  customJvp,
  div,
  expandDims,
  greater,
  matmul,
  mean,
  mul,
  normal,
  key,
  reshape,
  scan,
  square,
  sub,
  sum,
  zeros,
} from '@spikeward/core'
import type { FloatDType, Loss, AffineLayer, Tensor, WeightMap } from '@spikeward/core'

type Affine = { readonly weight: Tensor; readonly bias: Tensor }

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
  readonly weightMap?: WeightMap
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
  const affineLayers = widths.slice(1).map((units, l): AffineLayer => {
    const node = l === hidden ? 'readout' : `layers.${l}`
    const input = l === 0 || l === hidden ? 'constant' : 'varying'
    const skips = residual && l > 0 && l < hidden ? { residual } : {}
    const mapped = weightMap !== undefined && l > 0 && l < hidden ? { weightMap } : {}
    return { weight: `${node}.weight`, bias: `${node}.bias`, fanIn: widths[l]!, units, input, ...skips, ...mapped }
  })
  const plus = (a: Tensor, perturbation: Tensor | null | undefined): Tensor => (perturbation ? add(a, perturbation) : a)
  const affine = (a: Tensor, { weight, bias }: Affine): Tensor => add(matmul(a, weight), bias)

  const forward = (p: SpikingParams, perturbations: readonly (Tensor | null)[]) => {
    const presynaptic: Tensor[] = [x]
    let current: Tensor = expandDims(plus(affine(x, p.layers[0]!), perturbations[0]), 0)
    p.layers.forEach((_, l) => {
      const width = widths[l + 1]!
      const step = (u: Tensor, now: Tensor | null): [Tensor, Tensor] => {
        const charged = add(mul(u, 0.9), now ?? reshape(current, [samples, width]))
        const s = fire(sub(charged, 1))
        return [sub(charged, s), s]
      }
      const start = zeros([samples, width], dtype)
      const [, spikes] = scan(step, start, l === 0 ? null : current, { length: time })
      presynaptic.push(div(sum(spikes, 0), time))
      if (l + 1 < hidden) {
        const own = p.layers[l + 1]!
        const weight = weightMap === undefined ? own.weight : weightMap.of(own.weight)
        const rows = affine(reshape(spikes, [time * samples, width]), { ...own, weight })
        const above = reshape(rows, [time, samples, widths[l + 2]!])
        current = plus(residual ? add(above, current) : above, perturbations[l + 1])
      }
    })
    const a = plus(affine(presynaptic.at(-1)!, p.readout), perturbations[hidden])
    return { output: mul(a, 1.5), presynaptic }
  }
  const head = (output: Tensor): Tensor => mean(square(sub(output, y)), 1)
  const residuals = (output: Tensor): Tensor => reshape(sub(output, y), [-1])
  const loss = (p: SpikingParams): Tensor =>
    mean(
      head(
        forward(
          p,
          widths.slice(1).map(() => null),
        ).output,
      ),
    )
  return { loss: Object.assign(loss, { parts: { samples, affineLayers, forward, head, residuals } }), params }
}
