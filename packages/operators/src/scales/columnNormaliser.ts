import { SpikewardError, mul, sub, tensor } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/** (x − shift)/scale: one number for all columns, or one for each. */
export type ShiftScale = { readonly shift: number | readonly number[]; readonly scale: number | readonly number[] }

/**
 * A function that applies (x − shift)/scale to the columns of x [rows, columns]; the identity without options.
 *
 * @throws INVALID_OPTION for a scale that is 0 or not finite
 */
export function columnNormaliser(o: ShiftScale | undefined): (x: Tensor) => Tensor {
  if (o === undefined) return (x) => x
  const scales = typeof o.scale === 'number' ? [o.scale] : o.scale
  if (scales.some((s) => s === 0 || !Number.isFinite(s))) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `normalisation by scale [${scales.join(', ')}]; division by it is not finite; give finite numbers other than 0`,
    )
  }
  const row = (v: number | readonly number[], x: Tensor): Tensor | number =>
    typeof v === 'number' ? v : tensor([...v], { dtype: x.dtype })
  const inverse = typeof o.scale === 'number' ? 1 / o.scale : o.scale.map((s) => 1 / s)
  return (x) => mul(sub(x, row(o.shift, x)), row(inverse, x))
}
