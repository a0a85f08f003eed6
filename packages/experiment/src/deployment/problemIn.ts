import { SpikewardError } from '@spikeward/core'
import { type NirGraph, problemOf, surrogateOf } from '@spikeward/nir'
import { isEquationFile, isExternal } from '../plugins/reference.js'
import { shorten, usageError } from '../usage/usageError.js'

/**
 * The problem that the graph of a NIR file notes; a state dict (null) notes none. Anyone may have written the file, so
 * that it must not choose a plug-in, whose code would run, or another file.
 *
 * @param path of the file, for messages
 *
 * @throws CLI_USAGE if it notes none, or one of a plug-in or of an equation in a file
 */
export function problemIn(graph: NirGraph | null, path: string): string {
  const problem = graph === null ? null : problemOf(graph)
  if (problem !== null && (isExternal(problem) || isEquationFile(problem)))
    throw usageError(
      'CLI_USAGE',
      `${path} learned ${shorten(problem)}, which a network in a file may not load; if you trust that problem, name it with --problem`,
    )
  if (problem !== null) return problem
  throw usageError('CLI_USAGE', `${path} does not say what its network learns; name the problem with --problem`)
}

/**
 * The error for a network that other readers of NIR would run differently.
 *
 * @param losses each difference, in words
 * @param otherwise another remedy than the flag
 */
export const nirLossy = (losses: readonly string[], otherwise = ''): SpikewardError =>
  new SpikewardError(
    'NIR_LOSSY',
    `other readers of NIR would run this network differently: ${losses.join('; ')}; write it anyway with --allow-lossy if only Spikeward reads the file${otherwise}, or train a network with --reset zero --membrane 0,0, which other readers run alike`,
  )

/**
 * The surrogate that a NIR file notes, with its options; null without one. Anyone may have written the file, so that it
 * must not choose a plug-in, whose code would run, neither as the surrogate nor in an option of it.
 */
export function notedSurrogate(graph: NirGraph | null, network: string): string | null {
  const surrogate = graph === null ? null : surrogateOf(graph)
  if (surrogate === null || !isExternal(surrogate)) return surrogate
  throw usageError(
    'CLI_USAGE',
    `${shorten(network)} notes the surrogate ${shorten(surrogate)}, which a network in a file may not load; if you trust that surrogate, name it with --surrogate`,
  )
}
