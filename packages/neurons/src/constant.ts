import { mul, sub } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/** A coefficient of an equation: a number fixed by the factory, or a tensor (learned, one per neuron). */
export type Constant = Tensor | number

/** 1 − a; a number (in double precision) if `a` is one. */
export const complement = (a: Constant): Constant => (typeof a === 'number' ? 1 - a : sub(1, a))

/** a·b; a number if `a` is one. */
export const scaled = (a: Constant, b: number): Constant => (typeof a === 'number' ? a * b : mul(a, b))
