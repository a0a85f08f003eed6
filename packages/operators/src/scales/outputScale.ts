import { SpikewardError, add, mul, reshape, tensor } from '@spikeward/core'
import type { FloatDType, Tensor } from '@spikeward/core'

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
