import type { Group } from 'h5wasm'
import { checkGraph } from '../graph/checkGraph.js'
import { malformed } from '../graph/nodeTypes.js'
import { type NirArray, type NirGraph, type NirNode, type NirRecord, isArray, isGraph } from '../graph/nirData.js'
import { loadLibrary, newFile } from './hdf5Library.js'

/** The version of the standard that is written. */
const VERSION = '1.0'

/** Arrays of at least this number of bytes are compressed; smaller ones would grow. */
const COMPRESS_FROM = 1024

/** A name that HDF5 can hold: a slash separates groups, and a dot is the group itself. */
function checkName(name: string): string {
  if (name !== '' && name !== '.' && name !== '..' && !/[\0/]/.test(name)) return name
  throw malformed(
    `${JSON.stringify(name)} cannot be the name of a node, a parameter or a metadata entry: HDF5 does not allow it`,
  )
}

function writeText(group: Group, name: string, text: string): void {
  group.create_dataset({ name, data: text, dtype: 'S' })
}

function writeArray(group: Group, name: string, { shape, data }: NirArray): void {
  const large = shape.length > 0 && data.byteLength >= COMPRESS_FROM
  group.create_dataset({
    name,
    // The library takes the number type from the array. It does not accept the shape [] and writes a scalar without a
    // shape.
    data: data as never,
    shape: [...shape],
    ...(large ? { chunks: [...shape], compression: 'gzip' as const, compression_opts: [4] } : {}),
  })
}

function writeRecord(group: Group, record: NirRecord): void {
  for (const [key, value] of Object.entries(record)) {
    const name = checkName(key)
    if (typeof value === 'string') writeText(group, name, value)
    else if (isArray(value)) writeArray(group, name, value)
    else writeRecord(group.create_group(name), value)
  }
}

function writeNode(group: Group, node: NirNode | NirGraph): void {
  writeText(group, 'type', node.type)
  if (Object.keys(node.metadata).length > 0) writeRecord(group.create_group('metadata'), node.metadata)
  if (!isGraph(node)) {
    writeRecord(group, node.parameters)
    return
  }
  const nodes = group.create_group('nodes')
  for (const [name, inner] of Object.entries(node.nodes)) writeNode(nodes.create_group(checkName(name)), inner)
  group.create_dataset({ name: 'edges', data: node.edges.flat(), shape: [node.edges.length, 2], dtype: 'S' })
}

/**
 * The bytes of the HDF5 file of a graph, which NIR's own reader reads. A graph from `readNir` is written with the same
 * numbers, number types, names and metadata.
 *
 * @throws NIR_MALFORMED if the graph is not valid, or has a name that HDF5 cannot hold
 * @example await writeFile('model.nir', await writeNir(graph))
 */
export async function writeNir(graph: NirGraph): Promise<Uint8Array> {
  checkGraph(graph)
  const library = await loadLibrary()
  return newFile(library, (file) => {
    writeText(file, 'version', VERSION)
    writeNode(file.create_group('node'), graph)
  })
}
