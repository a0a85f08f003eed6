import { unsupported } from '../graph/graphErrors.js'
import type { NirNode } from '../graph/nirData.js'
import { nodeTypes } from '../graph/nodeTypes.js'
import { delay } from './delay.js'
import type { Execution, Executor, MakeExecutor } from './executor.js'
import { neuron } from './neuronNode.js'
import { affine, flatten, identity, scale, threshold } from './statelessNodes.js'

/** The executor of each node type that can be executed. */
const executors: Readonly<Record<string, MakeExecutor>> = {
  Input: identity,
  Output: identity,
  Affine: affine,
  Linear: affine,
  Scale: scale,
  Threshold: threshold,
  Flatten: flatten,
  Delay: delay,
  I: neuron,
  IF: neuron,
  LI: neuron,
  LIF: neuron,
  CubaLI: neuron,
  CubaLIF: neuron,
}

/**
 * The executor of a node.
 *
 * @throws NIR_UNSUPPORTED naming the node and its type
 */
export function executorOf(name: string, node: NirNode, input: readonly number[], how: Execution): Executor {
  const make = Object.hasOwn(executors, node.type) ? executors[node.type]! : null
  if (make !== null) return make(name, node, input, how)
  const why = Object.hasOwn(nodeTypes, node.type)
    ? 'only fully connected graphs are executed'
    : 'the type is not in the standard'
  throw unsupported(
    name,
    node.type,
    why,
    `executable types are ${Object.keys(executors).join(', ')}; the graph can still be written again with writeNir`,
  )
}
