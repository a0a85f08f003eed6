import { SpikewardError, mul, sub, tensor } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/** (x − shift)/scale: one number for all columns, or one for each. */
export type ShiftScale = { readonly shift: number | readonly number[]; readonly scale: number | readonly number[] }

/** A column-wise affine map of x [rows, columns], or the identity where there is nothing to do. */
export function normaliser(o: ShiftScale | undefined): (x: Tensor) => Tensor {
  if (o === undefined) return (x) => x
  const scales = typeof o.scale === 'number' ? [o.scale] : o.scale
  if (scales.some((s) => s === 0 || !Number.isFinite(s))) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `normalisation by scale [${scales.join(', ')}]; give finite numbers, not 0`,
    )
  }
  const row = (v: number | readonly number[], x: Tensor): Tensor | number =>
    typeof v === 'number' ? v : tensor([...v], { dtype: x.dtype })
  const inverse = typeof o.scale === 'number' ? 1 / o.scale : o.scale.map((s) => 1 / s)
  return (x) => mul(sub(x, row(o.shift, x)), row(inverse, x))
}

/** [low, high] of each axis. */
export type Domain = readonly (readonly [number, number])[]

/** Shift and scale that bring an interval to [−1, 1]. */
export const toUnit = ([low, high]: readonly [number, number]): { shift: number; scale: number } => ({
  shift: (low + high) / 2,
  scale: (high - low) / 2,
})

/** Checks a domain: one interval for each axis, low below high. Default [−1, 1]. */
export function checkDomain(name: string, axes: number, domain: Domain | undefined): Domain {
  if (domain === undefined) return Array.from({ length: axes }, () => [-1, 1] as const)
  const bad = domain.find(([low, high]) => !(low < high && Number.isFinite(high - low)))
  if (domain.length !== axes || bad !== undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: domain ${JSON.stringify(domain)} for ${axes} axes; give [low, high] for each, low below high`,
    )
  }
  return domain
}
