import { affine, lossParts, mean, reshape, square, sub, tanh } from '@spikeward/core'
import type { FloatDType, Loss, Tensor } from '@spikeward/core'
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
