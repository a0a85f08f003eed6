import { SpikewardError, full } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import type { Constant } from './constant.js'

/** Parameters of a model: one tensor [n] per coefficient that it learns, none where all are fixed. */
export type Learned<L extends string> = { readonly [name in L]: Tensor }

/** The parameters before training: every learned coefficient at its fixed value, for n neurons. */
export function learnedInit<K extends string, L extends K>(
  names: readonly L[],
  values: { readonly [name in K]: number },
  n: number,
): Learned<L> {
  return Object.fromEntries(names.map((name) => [name, full([n], values[name])])) as Learned<L>
}

/** The learned tensor of this name where there is one, else the fixed value. */
export function coefficient<L extends string>(params: Learned<L>, name: string, fixed: number): Constant {
  return (params as { readonly [name: string]: Tensor | undefined })[name] ?? fixed
}

/** Throws INVALID_OPTION where `names` holds a coefficient that the model cannot learn. */
export function checkLearned(factory: string, names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (!known.includes(name)) {
      throw new SpikewardError(
        'INVALID_OPTION',
        `${factory}: learn names ${name}; the coefficients that can be learned are ${known.join(', ')}; leave the rest out`,
      )
    }
  }
}
