import { doubles, withParameters } from '@spikeward/nir'
import type { NirArray, NirGraph, NirParameters } from '@spikeward/nir'
import { readNirFile } from '@spikeward/nir/node'
import { nirPathOf } from '../../catalogue/kinds/nirNetworks.js'
import type { OpenedRun } from '../run/openFinished.js'

/** The graph of a run whose network is in a NIR file, with what the run has trained. */
export async function trainedGraph({ config, variables }: Pick<OpenedRun, 'config' | 'variables'>): Promise<NirGraph> {
  const graph = await readNirFile(nirPathOf(config.network))
  const values: Record<string, Record<string, NirArray>> = {}
  // The factory of such a network fixes the structure of its variables.
  for (const [node, parameters] of Object.entries(variables.trained as NirParameters)) {
    const own: Record<string, NirArray> = {}
    for (const [name, t] of Object.entries(parameters)) own[name] = doubles(t.shape, Array.from(await t.data(), Number))
    values[node] = own
  }
  return withParameters(graph, values)
}
