import type { NirGraph } from '@spikeward/nir'
import { readNirFile } from '@spikeward/nir/node'
import { asUsage, usageError } from '../usage/usageError.js'

/** The problem that a network learned, in the metadata of a graph. */
const PROBLEM = 'spikeward_problem'

/** A graph that notes the problem that it learned. */
export const withProblem = (graph: NirGraph, problem: string): NirGraph => ({
  ...graph,
  metadata: { ...graph.metadata, [PROBLEM]: problem },
})

/**
 * The problem that a file notes.
 *
 * @throws CLI_USAGE if it notes none
 */
export async function problemOf(path: string): Promise<string> {
  const { metadata } = await asUsage(() => readNirFile(path))
  const found = metadata[PROBLEM]
  if (typeof found === 'string' && found !== '') return found
  throw usageError('CLI_USAGE', `${path} does not say what its network learns; name the problem with --problem`)
}
