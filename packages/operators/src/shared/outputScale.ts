import { SpikewardError, add, mul, reshape, tensor } from '@spikeward/core'
import type { FloatDType, Tensor } from '@spikeward/core'

/** Outputs are shift + scale · what the network computes; one number of each for every output. */
export type OutputScale = { readonly shift: readonly number[]; readonly scale: readonly number[] }

/** The fixed variables that hold them, both [outputs]. */
export type OutputFixed = { readonly shift: Tensor; readonly scale: Tensor }

/** Makes them: shift 0 and scale 1 where nothing is said. Throws INVALID_OPTION, at once, for a wrong count or a scale of 0. */
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
      `${name}: output shift [${shift.join(', ')}], scale [${scale.join(', ')}]; give ${outputs} finite numbers each, no scale of 0`,
    )
  }
  return () => ({ shift: tensor([...shift], { dtype }), scale: tensor([...scale], { dtype }) })
}

/** Scales y [..., outputs], adds the bias, and drops the last axis where there is one output only. */
export function finish(y: Tensor, bias: Tensor | number, { shift, scale }: OutputFixed): Tensor {
  const scaled = add(mul(add(y, bias), scale), shift)
  return y.shape.at(-1) === 1 ? reshape(scaled, y.shape.slice(0, -1)) : scaled
}
