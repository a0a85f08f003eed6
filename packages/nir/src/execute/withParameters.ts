import { SpikewardError } from '@spikeward/core'
import { type NirArray, type NirGraph, type NirNode, doubles, isArray, isGraph } from '../graph/nirData.js'
import { keys } from '../graph/metadata.js'
import { arrayOf, shapesOf } from '../graph/shapes.js'
import { forFile } from './statelessNodes.js'

/** Numbers of the trained parameters of a network by the path of their node, in the shapes of the network. */
export type ParameterValues = Readonly<Record<string, Readonly<Record<string, NirArray>>>>

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** A parameter in the file's shape: weights are [out, in, k…] there. */
function inFile(path: string, node: NirNode, name: string, array: NirArray): NirArray {
  const { shape } = arrayOf(path, node, name)
  const isWeight = name === 'weight' && shape.length >= 2
  const value = isWeight && array.shape.length === shape.length ? forFile(array) : array
  const isAlike = (expected: readonly number[]): boolean => value.shape.join() === expected.join()
  if (isAlike(shape)) return value
  // A bias may have axes of length 1 in a file; the network drops them.
  if (!isWeight && shape.length > 0 && sizeOf(shape) === value.data.length) return { shape, data: value.data }
  // A single number stands for equal ones in the shape of the node; training may make them differ.
  const whole = shapesOf(path, node).output
  if (!isWeight && sizeOf(shape) === 1 && whole !== null && isAlike(whole)) return value
  throw new SpikewardError(
    'SHAPE_MISMATCH',
    `withParameters: '${path}.${name}' has shape [${array.shape.join(', ')}], but the graph has [${shape.join(', ')}]; give the variables of nirNetwork for this graph`,
  )
}

/** A node with other parameters, and with metadata that match them. */
function replaced(path: string, node: NirNode, values: Readonly<Record<string, NirArray>>): NirNode {
  const parameters = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, inFile(path, node, name, value)] as const),
  )
  const stale = new Set<string>([keys.beta, keys.gain])
  const metadata = Object.fromEntries(Object.entries(node.metadata).filter(([key]) => !stale.has(key)))
  const { [keys.centre]: centre } = metadata
  const { bias } = parameters
  // The metadata of a readout store its centre c and its bias b before they were joined to b − cW: the new bias belongs
  // to c = 0.
  const joined =
    bias === undefined || !isArray(centre)
      ? {}
      : { [keys.centre]: doubles(centre.shape, new Float64Array(centre.data.length)), [keys.bias]: bias }
  return { ...node, parameters: { ...node.parameters, ...parameters }, metadata: { ...metadata, ...joined } }
}

/**
 * The graph with the trained parameters of its network: everything else is unchanged, including nodes that cannot be
 * executed.
 *
 * @param values the numbers of `variables.trained` of {@link nirNetwork}
 * @throws SHAPE_MISMATCH if they belong to another graph
 * @example const bytes = await writeNir(withParameters(graph, values))
 */
export function withParameters(graph: NirGraph, values: ParameterValues): NirGraph {
  const inner = (one: NirGraph, prefix: string): NirGraph => ({
    ...one,
    nodes: Object.fromEntries(
      Object.entries(one.nodes).map(([name, node]): [string, NirNode | NirGraph] => {
        const path = `${prefix}${name}`
        if (isGraph(node)) return [name, inner(node, `${path}/`)]
        const own = values[path]
        return [name, own === undefined ? node : replaced(path, node, own)]
      }),
    ),
  })
  return inner(graph, '')
}
