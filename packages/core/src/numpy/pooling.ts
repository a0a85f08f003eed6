import { SpikewardError } from '../errors.js'
import { broadcast } from '../primitives/broadcast.js'
import { slidingWindows } from '../primitives/windows.js'
import { printAval } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import { applyAlong } from './fourier.js'
import { tensor } from './create.js'
import { max, mean } from './reduce.js'
import { reshape } from './shape.js'
import { perAxis } from './windows.js'

/** Options of {@link avgPool} and {@link maxPool}. */
export interface PoolOptions {
  /** Step between windows, for all spatial axes or each. Default: the size, so that windows do not overlap. */
  readonly stride?: number | readonly number[]
}

function pooled(name: string, x: Tensor, size: readonly number[], options: PoolOptions): [Tensor, number[]] {
  const d = size.length
  if (d < 1 || x.ndim < d + 1) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `${name}: windows of [${size.join(', ')}] on ${printAval(x.aval)}; give one size for each spatial axis of [..., n₁ … n_d, channels]`,
    )
  }
  const sizes = perAxis(name, 'size', size, d)
  const strides = perAxis(name, 'stride', options.stride ?? sizes, d)
  const first = x.ndim - d - 1
  const windows = slidingWindows(
    name,
    x,
    first,
    sizes.map((k, a) => ({ size: k, stride: strides[a]!, dilation: 1 })),
  )
  return [windows, sizes.map((_, a) => first + d + a)]
}

/**
 * Means over windows, channels last. Elements that fill no whole window are left out.
 *
 * @param x [..., n₁ … n_d, channels]
 * @param size of a window, along each spatial axis
 * @throws SHAPE_MISMATCH if the windows do not fit
 * @example avgPool(ones([2, 8, 8, 3]), [2, 2]) // f32[2,4,4,3]
 */
export const avgPool = (x: Tensor, size: readonly number[], options: PoolOptions = {}): Tensor =>
  mean(...pooled('avgPool', x, size, options))

/**
 * Largest elements of windows, channels last. If several elements of a window attain it, the derivative is the mean of
 * theirs (PyTorch takes the first). Of spikes it is their union, and stays binary.
 *
 * @param x [..., n₁ … n_d, channels]
 * @param size of a window, along each spatial axis
 * @throws SHAPE_MISMATCH if the windows do not fit
 * @example maxPool(ones([2, 8, 8, 3]), [2, 2]) // f32[2,4,4,3]
 */
export const maxPool = (x: Tensor, size: readonly number[], options: PoolOptions = {}): Tensor =>
  max(...pooled('maxPool', x, size, options))

/**
 * Up-sampling by whole factors, channels last. `nearest` repeats elements, and binary values stay binary; `linear`
 * interpolates along each axis with half-pixel centres, constant beyond the outermost ones (PyTorch's
 * `align_corners=False`).
 *
 * @param x [..., n₁ … n_d, channels]
 * @param factors one for each spatial axis
 * @returns [..., n₁ f₁ … n_d f_d, channels]
 * @throws SHAPE_MISMATCH if there are more factors than spatial axes; INVALID_ARGUMENT if a factor is not a whole
 *   number of at least 1
 * @example upsample(ones([2, 4, 4, 3]), [2, 2]) // f32[2,8,8,3]
 */
export function upsample(
  x: Tensor,
  factors: readonly number[],
  { method = 'nearest' }: { readonly method?: 'nearest' | 'linear' } = {},
): Tensor {
  const d = factors.length
  if (d < 1 || x.ndim < d + 1) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `upsample: factors [${factors.join(', ')}] of ${printAval(x.aval)}; give one factor for each spatial axis of [..., n₁ … n_d, channels]`,
    )
  }
  const first = x.ndim - d - 1
  return perAxis('upsample', 'factors', factors, d).reduce((y, factor, a) => {
    const axis = first + a
    if (factor === 1) return y
    const n = y.shape[axis]!
    if (method === 'linear')
      return applyAlong(linearInterpolation(n, factor, y.dtype === 'f64' ? 'f64' : 'f32'), y, axis)
    const repeated = broadcast(
      y,
      [...y.shape.slice(0, axis + 1), factor, ...y.shape.slice(axis + 1)],
      y.shape.map((_, i) => (i <= axis ? i : i + 1)),
    )
    return reshape(
      repeated,
      y.shape.map((m, i) => (i === axis ? n * factor : m)),
    )
  }, x)
}

/** The matrix [n · factor, n] of linear interpolation between the centres of n cells. */
function linearInterpolation(n: number, factor: number, dtype: 'f32' | 'f64'): Tensor {
  const rows = new Float64Array(n * factor * n)
  for (let i = 0; i < n * factor; i++) {
    const at = Math.min(Math.max((i + 0.5) / factor - 0.5, 0), n - 1)
    const low = Math.min(Math.floor(at), Math.max(n - 2, 0))
    rows[i * n + low]! += 1 - (at - low)
    if (at > low) rows[i * n + low + 1]! += at - low
  }
  return tensor(rows, { shape: [n * factor, n], dtype })
}
