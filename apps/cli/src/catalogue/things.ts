import { isDeclared } from '@spikeward/core'
import type { Kind } from '@spikeward/core'
import { loadFactory } from '../plugins/loadFactory.js'
import type { Factory as PlainFactory } from '../plugins/loadFactory.js'
import { pluginError } from '../plugins/pluginError.js'
import { isExternal, referenceOf } from '../plugins/reference.js'
import type { Reference } from '../plugins/reference.js'
import { pick } from '../usage/pick.js'
import { factories, listedName } from './factories.js'
import type { Factory, Named } from './factories.js'

/** What a name refers to: a factory that the command knows, or one of a package. */
export type Thing =
  | { readonly name: string; readonly factory: Factory; readonly plugin: null }
  | { readonly name: string; readonly factory: Factory; readonly plugin: Reference }
  /** A factory of a package that declares nothing. It is given whatever options nothing else takes. */
  | { readonly name: string; readonly factory: null; readonly plain: PlainFactory; readonly plugin: Reference }

/**
 * The factory of a name that the command knows.
 *
 * @throws CLI_UNKNOWN_NAME
 */
export function knownFactory(kind: Named, name: string): Factory {
  const known: Readonly<Record<string, Factory>> = factories[kind]
  return pick(kind, listedName(kind, name), known)
}

/**
 * The factory of a name, loaded where it is one of a package: `rfg`, `package#name`, `./file.js#name`.
 *
 * @throws CLI_UNKNOWN_NAME, CLI_PACKAGE, CLI_PLUGIN
 */
export async function findThing(kind: Named & Kind, name: string): Promise<Thing> {
  if (!isExternal(name)) return { name, factory: knownFactory(kind, name), plugin: null }
  const plugin = referenceOf(kind, name)
  const loaded = await loadFactory(plugin)
  if (!isDeclared(loaded)) return { name, factory: null, plain: loaded, plugin }
  const { declaration } = loaded
  if (declaration.kind === kind) return { name, factory: loaded, plugin }
  throw pluginError(plugin, `it declares a thing of kind ${declaration.kind}, and one of kind ${kind} is asked for`)
}
