import { surrogateOf } from '@spikeward/nir'
import type { NirGraph } from '@spikeward/nir'
import { isExternal } from './reference.js'
import { shorten } from '../usage/shorten.js'
import { usageError } from '../usage/usageError.js'

/**
 * The surrogate that a NIR file notes, with its options; null without one. Anyone may have written the file, so that it must not choose
 * a plug-in, whose code would run, neither as the surrogate nor in an option of it.
 *
 * @param graph of the file; null for a network of another kind
 * @param network for the message
 * @throws CLI_USAGE if the text names a plug-in
 */
export function notedSurrogate(graph: NirGraph | null, network: string): string | null {
  const found = graph === null ? null : surrogateOf(graph)
  if (found === null || !isExternal(found)) return found
  throw usageError(
    'CLI_USAGE',
    `${shorten(network)} notes the surrogate ${shorten(found)}, which a network in a file may not load; if you trust that surrogate, name it with --surrogate`,
  )
}
