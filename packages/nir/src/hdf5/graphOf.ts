import { checkGraph } from '../graph/checkGraph.js'
import { malformed } from '../graph/nodeTypes.js'
import type { NirGraph, NirNode, NirRecord, NirValue } from '../graph/nirData.js'
import type { Contents } from './contents.js'

type Entries = ReadonlyMap<string, Contents>

function entriesOf(contents: Contents | undefined, path: string): Entries {
  if (contents?.kind === 'group') return new Map(contents.entries)
  throw malformed(`'${path}' is ${contents === undefined ? 'absent' : 'not a group'}`)
}

function valueOf(contents: Contents, path: string): NirValue {
  switch (contents.kind) {
    case 'group':
      return recordOf(new Map(contents.entries), path)
    case 'numbers':
      return { shape: contents.shape, data: contents.data }
    case 'texts':
      if (contents.texts.length === 1) return contents.texts[0]!
      throw malformed(`'${path}' holds ${contents.texts.length} texts, but one was expected`)
    case 'unreadable':
      throw malformed(`'${path}' cannot be read: ${contents.why}`)
  }
}

const recordOf = (entries: Entries, path: string): NirRecord =>
  Object.fromEntries([...entries].map(([name, contents]) => [name, valueOf(contents, `${path}/${name}`)]))

function edgesOf(contents: Contents | undefined, path: string): (readonly [string, string])[] {
  if (contents?.kind === 'unreadable') throw malformed(`'${path}' cannot be read: ${contents.why}`)
  if (contents?.kind === 'texts' && contents.texts.length === 0) return []
  if (contents?.kind !== 'texts' || contents.shape.length !== 2 || contents.shape[1] !== 2)
    throw malformed(`'${path}' is not a list of pairs of node names`)
  const { texts } = contents
  return Array.from({ length: texts.length / 2 }, (_, i) => [texts[2 * i]!, texts[2 * i + 1]!] as const)
}

function nodeOf(contents: Contents | undefined, path: string): NirNode | NirGraph {
  const entries = new Map(entriesOf(contents, path))
  const entry = entries.get('type')
  const type = entry === undefined ? undefined : valueOf(entry, `${path}/type`)
  if (typeof type !== 'string') throw malformed(`'${path}' has no type`)
  const noted = entries.get('metadata')
  const metadata = noted === undefined ? {} : recordOf(entriesOf(noted, `${path}/metadata`), `${path}/metadata`)
  if (type !== 'NIRGraph') {
    entries.delete('type')
    entries.delete('metadata')
    return { type, parameters: recordOf(entries, path), metadata }
  }
  const nodes = [...entriesOf(entries.get('nodes'), `${path}/nodes`)]
  return {
    type: 'NIRGraph',
    nodes: Object.fromEntries(nodes.map(([name, inner]) => [name, nodeOf(inner, `${path}/nodes/${name}`)])),
    edges: edgesOf(entries.get('edges'), `${path}/edges`),
    metadata,
  }
}

/**
 * The graph that the contents of an HDF5 file describe.
 *
 * @throws NIR_MALFORMED
 */
export function graphOf(contents: Contents): NirGraph {
  const node = entriesOf(contents, 'the file').get('node')
  if (node === undefined) throw malformed("the file has no group 'node', so it is not a NIR file")
  const graph = nodeOf(node, 'node')
  if (graph.type !== 'NIRGraph') throw malformed(`the file holds a single node of type ${graph.type} and no graph`)
  checkGraph(graph as NirGraph)
  return graph as NirGraph
}
