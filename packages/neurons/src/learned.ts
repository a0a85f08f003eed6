import { type Tensor, choices, full } from '@spikeward/core'
import type { Constant } from './leak.js'

/** Parameters of a model: one tensor [n] per coefficient that it learns, none if all are fixed. */
export type Learned<L extends string> = { readonly [name in L]: Tensor }

/** The parameters before training: every learned coefficient at its fixed value, for n neurons. */
export function learnedInit<K extends string, L extends K>(
  names: readonly L[],
  values: { readonly [name in K]: number },
  n: number,
): Learned<L> {
  return Object.fromEntries(names.map((name) => [name, full([n], values[name])])) as Learned<L>
}

/** The learned tensor of this name if there is one, else the fixed value. */
export function coefficient<L extends string>(params: Learned<L>, name: string, fixed: number): Constant {
  return (params as { readonly [name: string]: Tensor | undefined })[name] ?? fixed
}

/** The option that names the coefficients to learn. */
/* @__NO_SIDE_EFFECTS__ */
export function learnOption<const L extends string>(names: readonly L[]) {
  return choices(names, { default: [], help: 'coefficients to learn, one for each neuron' })
}

/** Options O of a model whose type determines the coefficients L that it learns. */
export type Learning<O, L extends string> = Omit<O, 'learn'> & {
  /** Coefficients to learn, one per neuron; none by default. */
  readonly learn?: readonly L[]
}
