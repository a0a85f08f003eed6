import {
  add,
  matmul,
  mean,
  reshape,
  square,
  sub,
  tanh,
  type FloatDType,
  type Loss,
  type LossParts,
  type Tensor,
} from '@spikeward/core'
import { draw } from '../../tensorValues.js'

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
  const plus = (a: Tensor, perturbation: Tensor | null | undefined): Tensor => (perturbation ? add(a, perturbation) : a)
  const parts: LossParts<SmoothParams> = {
    samples: 4,
    affineLayers: [
      { weight: 'hidden.weight', bias: 'hidden.bias', fanIn: 2, units: 3, input: 'constant' },
      { weight: 'readout.weight', bias: 'readout.bias', fanIn: 3, units: 1, input: 'constant' },
    ],
    forward({ hidden, readout }, perturbations) {
      const h = tanh(plus(add(matmul(x, hidden.weight), hidden.bias), perturbations[0]))
      return { output: plus(add(matmul(h, readout.weight), readout.bias), perturbations[1]), presynaptic: [x, h] }
    },
    head: (output) => mean(square(sub(output, y)), 1),
    residuals: (output) => reshape(sub(output, y), [-1]),
  }
  const loss = (p: SmoothParams): Tensor => mean(parts.head(parts.forward(p, []).output))
  return { loss: Object.assign(loss, { parts }), params }
}
