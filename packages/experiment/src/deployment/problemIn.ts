import { problemOf } from '@spikeward/nir'
import type { NirGraph } from '@spikeward/nir'
import { isEquationFile } from '../equation/isEquationFile.js'
import { isExternal } from '../plugins/reference.js'
import { shorten } from '../usage/shorten.js'
import { usageError } from '../usage/usageError.js'

/**
 * The problem that the graph of a NIR file notes. Anyone may have written the file, so that it must not choose a
 * plug-in, whose code would run, or another file.
 *
 * @param path of the file, for messages
 *
 * @throws CLI_USAGE if it notes none, or one of a plug-in or of an equation in a file
 */
export function problemIn(graph: NirGraph, path: string): string {
  const found = problemOf(graph)
  if (found !== null && (isExternal(found) || isEquationFile(found)))
    throw usageError(
      'CLI_USAGE',
      `${path} learned ${shorten(found)}, which a network in a file may not load; if you trust that problem, name it with --problem`,
    )
  if (found !== null) return found
  throw usageError('CLI_USAGE', `${path} does not say what its network learns; name the problem with --problem`)
}
