import { type FloatDType, type Tensor, add, mul, reshape, SpikewardError, sub, tensor } from '@spikeward/core'

/** Outputs are shift + scale · (the network's result); both have one number for each output. */
export type OutputScale = { readonly shift: readonly number[]; readonly scale: readonly number[] }

/** The fixed variables that hold shift and scale, both [outputs]. */
export type OutputFixed = { readonly shift: Tensor; readonly scale: Tensor }

/**
 * Checks `output` immediately and returns a function that makes the fixed variables. The default is shift 0 and scale
 * 1.
 *
 * @throws INVALID_OPTION for a wrong count or a scale of 0
 */
export function outputMaker(
  name: string,
  outputs: number,
  output: OutputScale | undefined,
  dtype: FloatDType,
): () => OutputFixed {
  const { shift, scale } = output ?? {
    shift: new Array<number>(outputs).fill(0),
    scale: new Array<number>(outputs).fill(1),
  }
  const fits = [shift, scale].every((v) => v.length === outputs && v.every(Number.isFinite))
  if (!fits || scale.includes(0)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: output shift [${shift.join(', ')}], scale [${scale.join(', ')}]; give ${outputs} finite numbers for each, and no scale of 0`,
    )
  }
  return () => ({ shift: tensor([...shift], { dtype }), scale: tensor([...scale], { dtype }) })
}

/** Adds the bias to y [..., outputs], applies shift and scale, and drops the last axis of a single output. */
export function finish(y: Tensor, bias: Tensor | number, { shift, scale }: OutputFixed): Tensor {
  const scaled = add(mul(add(y, bias), scale), shift)
  return y.shape.at(-1) === 1 ? reshape(scaled, y.shape.slice(0, -1)) : scaled
}

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
