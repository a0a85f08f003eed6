import {
  cast,
  choice,
  declared,
  defineOptions,
  either,
  estimatorOption,
  integer,
  mul,
  number,
  scalarTensor,
  type Tensor,
} from '@spikeward/core'
import type { Distribution } from '../random/distributions.js'

const isDistribution = (x: unknown): x is Distribution =>
  typeof x === 'object' && x !== null && 'sample' in x && typeof x.sample === 'function'

/** The distribution of random directions or noise. */
/* @__NO_SIDE_EFFECTS__ */
export function distributionOption(fallback: Distribution, help = 'distribution of the directions') {
  return declared('distribution', isDistribution, { default: fallback, help })
}

/** The number of random directions per step. */
/* @__NO_SIDE_EFFECTS__ */
export function directionsOption({
  fallback = 1,
  min = 1,
  help = 'directions per step (K)',
}: {
  readonly fallback?: number
  readonly min?: 0 | 1
  readonly help?: string
} = {}) {
  return integer({ min, default: fallback, help })
}

/** Whether directions span all parameters or one layer. */
/* @__NO_SIDE_EFFECTS__ */
export function scopeOption(help = 'one direction over all parameters, or one for each layer') {
  return choice(['global', 'layerwise'], { default: 'global', help })
}

/** The size of a perturbation: a number above 0, or a scalar tensor if it changes over the run. */
/* @__NO_SIDE_EFFECTS__ */
export function sizeOption(fallback: number, help = 'length of a step along a direction (ε)') {
  return either(number({ min: 0, above: true, default: fallback, help }), scalarTensor)
}

/** The argument of combinators that wrap one estimator. */
export const innerArgument = /* @__PURE__ */ defineOptions(() => ({
  inner: estimatorOption({ required: true, help: 'the wrapped estimator' }),
}))

/** The size of a perturbation: a number, or a scalar tensor. */
export type Size = Tensor | number

/** `factor` times a size, as an operand for tensors of the type of `like`. */
export const sizeAs = (like: Tensor, size: Size, factor = 1): Size =>
  typeof size === 'number' ? size * factor : mul(cast(size, like.dtype), factor)
