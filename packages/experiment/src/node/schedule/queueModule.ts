import { SpikewardError } from '@spikeward/core'
import type * as QueuePackage from '@spikeward/queue'
import { buildIdentity } from '../ranks/facts.js'
import { provenance } from '../provenance.js'

/**
 * The queue package, which is installed only where a queue is used.
 *
 * @param load imports it
 * @throws QUEUE_NOT_INSTALLED
 */
export async function queueModule(
  load: () => Promise<typeof QueuePackage> = () => import('@spikeward/queue'),
): Promise<typeof QueuePackage> {
  try {
    return await load()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new SpikewardError(
      'QUEUE_NOT_INSTALLED',
      'a queue needs the package @spikeward/queue; npm install @spikeward/queue beside the command, here and on every machine with workers',
      { cause: error },
    )
  }
}

/** The name of this program's queue: trials go only to workers with the same sources. */
export function ownQueue({ queueNameOf }: typeof QueuePackage): string {
  const { versions, commit, dirty } = provenance()
  const changes = dirty ? (buildIdentity().split(' ')[1] ?? '') : null
  return queueNameOf({ version: versions['spikeward'] ?? '', commit, changes })
}
