import { malformed } from '../graph/nodeTypes.js'
import { type NirGraph, type NirNode, isGraph } from '../graph/nirData.js'
import { single } from '../graph/shapes.js'

/** A graph without graphs inside: inner nodes have the path of their graph before their name, as in `recurrent/lif`. */
export interface FlatGraph {
  readonly nodes: ReadonlyMap<string, NirNode>
  readonly edges: readonly (readonly [string, string])[]
  readonly input: string
  readonly output: string
  /** The metadata of the outermost graph. */
  readonly metadata: NirGraph['metadata']
}

/**
 * Replaces each inner graph by its nodes. Edges to it lead to its Input, edges from it come from its Output; both pass
 * on their signal unchanged.
 *
 * @throws NIR_MALFORMED if a graph has not exactly one Input and one Output
 */
export function flattenGraph(graph: NirGraph): FlatGraph {
  const nodes = new Map<string, NirNode>()
  const edges: (readonly [string, string])[] = []
  const add = (inner: NirGraph, prefix: string): void => {
    const entry = (name: string, end: 'Input' | 'Output'): string => {
      const node = inner.nodes[name]
      if (node === undefined) throw malformed(`the graph has no node '${prefix}${name}'`)
      const path = `${prefix}${name}`
      return isGraph(node) ? `${path}/${single(node, end, `graph '${path}'`)[0]}` : path
    }
    for (const [name, node] of Object.entries(inner.nodes)) {
      if (isGraph(node)) add(node, `${prefix}${name}/`)
      else nodes.set(`${prefix}${name}`, node)
    }
    for (const [from, to] of inner.edges) edges.push([entry(from, 'Output'), entry(to, 'Input')])
  }
  add(graph, '')
  const [input] = single(graph, 'Input', 'the graph')
  const [output] = single(graph, 'Output', 'the graph')
  return { nodes, edges, input, output, metadata: graph.metadata }
}
