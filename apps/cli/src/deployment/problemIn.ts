import { problemOf } from '@spikeward/nir'
import { readNirFile } from '@spikeward/nir/node'
import { asUsage, usageError } from '../usage/usageError.js'

/**
 * The problem that a NIR file notes.
 *
 * @throws CLI_USAGE if it notes none
 */
export async function problemIn(path: string): Promise<string> {
  const found = problemOf(await asUsage(() => readNirFile(path)))
  if (found !== null) return found
  throw usageError('CLI_USAGE', `${path} does not say what its network learns; name the problem with --problem`)
}
