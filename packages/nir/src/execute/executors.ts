import { unsupported } from '../graph/nodeTypes.js'
import type { NirNode } from '../graph/nirData.js'
import { averagePool, convolution, sumPool } from './convolutionNodes.js'
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
  Conv1d: convolution,
  Conv2d: convolution,
  SumPool2d: sumPool,
  AvgPool2d: averagePool,
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
  throw unsupported(
    name,
    node.type,
    'the type is not in the standard',
    `executable types are ${Object.keys(executors).join(', ')}; the graph can still be written again with writeNir`,
  )
}
