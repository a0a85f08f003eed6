import { isDeclared } from '@spikeward/core'
import type { Declared } from '@spikeward/core'
import { loadFactory } from './loadFactory.js'
import type { Loaded } from './loadFactory.js'
import { referenceOf, referencesIn } from './reference.js'

export type Plugins = {
  readonly declared: readonly Declared<object>[]
  readonly errors: readonly unknown[]
}

type Attempt = { readonly factory: Loaded } | { readonly error: unknown }

const attempt = async (name: string): Promise<Attempt> => {
  try {
    return { factory: await loadFactory(referenceOf('plug-in', name)) }
  } catch (error) {
    return { error }
  }
}

/**
 * The factories of packages and files that occur anywhere in a command line. An error is returned and not thrown, because a
 * text with `#` may be no name: the command that uses the name reports the error.
 */
export async function pluginsIn(args: readonly string[]): Promise<Plugins> {
  const attempts = await Promise.all([...new Set(args.flatMap(referencesIn))].map(attempt))
  return {
    declared: attempts.flatMap((one) => ('factory' in one && isDeclared(one.factory) ? [one.factory] : [])),
    errors: attempts.flatMap((one) => ('error' in one ? [one.error] : [])),
  }
}
