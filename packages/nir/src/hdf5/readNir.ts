import type { NirGraph } from '../graph/nirData.js'
import { contentsOf } from './contents.js'
import { graphOf } from './graphOf.js'
import { loadLibrary, withFile } from './hdf5Library.js'
import { type ReadLimits, checkSignature, limitsFor, withinLimits } from './limits.js'

/**
 * Reads a NIR graph from the bytes of its HDF5 file. Parameters keep their number types, so that `writeNir` writes them
 * back bit by bit; nodes of an unknown type are preserved as well.
 *
 * The HDF5 library may loop forever on a damaged file, and the time limit is checked only when it returns. Read a file
 * that you do not trust by `readNirFile` of `@spikeward/nir/node`, which ends it, or in a worker of your page.
 *
 * @param limits see {@link ReadLimits}
 * @throws NIR_MALFORMED if the bytes are no HDF5 file, or the file is damaged or describes no valid graph; NIR_LIMIT if
 *   it requires more memory or time than its size warrants; NIR_LIBRARY_FAILED if a damaged file broke the library's
 *   own memory
 * @example
 * const graph = await readNir(await readFile('model.nir'))
 * Object.entries(graph.nodes).map(([name, node]) => `${name}: ${node.type}`)
 */
export async function readNir(bytes: Uint8Array, limits: ReadLimits = {}): Promise<NirGraph> {
  checkSignature(bytes)
  const library = await loadLibrary()
  const most = limitsFor(bytes.length, limits)
  return graphOf(
    withinLimits(
      withFile(library, bytes, (file) => contentsOf(file, most)),
      most,
    ),
  )
}
