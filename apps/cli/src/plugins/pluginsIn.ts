import { isDeclared } from '@spikeward/core'
import type { Declared } from '@spikeward/core'
import { loadFactory } from './loadFactory.js'
import { referenceOf, referencesIn } from './reference.js'

/**
 * The declared factories of packages and files that occur anywhere in a command line. One that cannot be loaded is
 * omitted here; the command that uses it reports why.
 */
export async function pluginsIn(args: readonly string[]): Promise<readonly Declared<object>[]> {
  const names = new Set(args.flatMap(referencesIn))
  const loaded = await Promise.all(
    [...names].map((name) =>
      Promise.resolve()
        .then(() => loadFactory(referenceOf('plug-in', name)))
        .catch(() => null),
    ),
  )
  return loaded.flatMap((factory) => (isDeclared(factory) ? [factory] : []))
}
