import type { Backend } from '@spikeward/core'
import type { Exportable } from '@spikeward/export'
import { encodeCheckpoint } from '@spikeward/train'
import { loadNetwork } from '../../assembly/loadNetwork.js'
import { exportable } from '../../deployment/exportable.js'
import type { OpenedRun } from '../run/openFinished.js'

/**
 * The network of a run as a file holds it, rebuilt from its checkpoint alone, with the names of its numbers.
 *
 * @param backend holds its variables; default: the reference backend
 * @throws those of {@link loadNetwork}
 */
export async function exportableOf(
  { config, parts, snapshot }: OpenedRun,
  backend?: Backend,
): Promise<Exportable & Disposable> {
  const { experiment } = parts
  const model = experiment.record ?? undefined
  const loaded = await loadNetwork(encodeCheckpoint({ ...snapshot, ...(model === undefined ? {} : { model }) }), {
    plugins: true,
    ...(backend === undefined ? {} : { backend }),
  })
  const { network, variables } = loaded
  return { ...exportable({ config, experiment, network, variables }), [Symbol.dispose]: () => loaded[Symbol.dispose]() }
}
