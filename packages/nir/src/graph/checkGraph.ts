import { malformed } from './nodeTypes.js'
import { type NirGraph, isGraph } from './nirData.js'
import { shapesOf } from './shapes.js'

/** The deepest nesting of graphs. No tool nests them deeper, so such a file is damaged or malicious. */
const DEEPEST = 16

/**
 * Checks a graph: every edge joins two of its nodes, parameters have the shapes that their type requires, and the two
 * ends of an edge have the same shape if both are known. Types that the standard does not define pass.
 *
 * @throws NIR_MALFORMED naming the node or the edge
 */
export function checkGraph(graph: NirGraph, path = 'the graph', depth = 0): void {
  if (depth > DEEPEST) throw malformed(`${path} is nested more than ${DEEPEST} graphs deep`)
  const shapes = new Map(Object.entries(graph.nodes).map(([name, node]) => [name, shapesOf(name, node)]))
  for (const [from, to] of graph.edges) {
    const [source, target] = [shapes.get(from), shapes.get(to)]
    if (source === undefined || target === undefined) {
      const absent = source === undefined ? from : to
      throw malformed(`the edge '${from}' → '${to}' leads to '${absent}', but ${path} has no such node`)
    }
    if (source.output === null || target.input === null) continue
    if (source.output.join() === target.input.join()) continue
    throw malformed(
      `the edge '${from}' → '${to}' joins [${source.output.join(', ')}] to [${target.input.join(', ')}]; shapes must agree`,
    )
  }
  for (const [name, node] of Object.entries(graph.nodes)) {
    if (isGraph(node)) checkGraph(node, `graph '${name}'`, depth + 1)
  }
}
