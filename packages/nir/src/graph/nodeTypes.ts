import { SpikewardError } from '@spikeward/core'

/** The standard's rule for a parameter of a node type. */
export interface ParameterRule {
  readonly name: string
  /** A missing optional parameter has this value, in the shape of the node's other parameters. */
  readonly default?: number
}

/** The standard's rule for a node type. */
export interface NodeTypeRule {
  readonly parameters: readonly ParameterRule[]
  /** Whether all parameters are arrays of one shape, which is the shape of the node's input and output. */
  readonly elementwise: boolean
}

const elementwise = (...names: readonly string[]): NodeTypeRule => ({
  parameters: names.map((name) => (name.endsWith('?') ? optional(name.slice(0, -1)) : { name })),
  elementwise: true,
})

/** `v_reset` was added to the standard later and is 0 if absent; `w_in` is 1 if absent. */
const optional = (name: string): ParameterRule => ({ name, default: name === 'w_in' ? 1 : 0 })

const other = (...names: readonly string[]): NodeTypeRule => ({
  parameters: names.map((name) => ({ name })),
  elementwise: false,
})

/** The node types of the standard. */
export const nodeTypes: Readonly<Record<string, NodeTypeRule>> = {
  Input: other('shape'),
  Output: other('shape'),
  Affine: other('weight', 'bias'),
  Linear: other('weight'),
  Flatten: other('start_dim', 'end_dim'),
  Scale: elementwise('scale'),
  Threshold: elementwise('threshold'),
  Delay: elementwise('delay'),
  I: elementwise('r'),
  IF: elementwise('r', 'v_threshold', 'v_reset?'),
  LI: elementwise('tau', 'r', 'v_leak'),
  LIF: elementwise('tau', 'r', 'v_leak', 'v_threshold', 'v_reset?'),
  CubaLI: elementwise('tau_syn', 'tau_mem', 'r', 'v_leak', 'w_in?'),
  CubaLIF: elementwise('tau_syn', 'tau_mem', 'r', 'v_leak', 'v_threshold', 'v_reset?', 'w_in?'),
  Conv1d: other('weight', 'bias', 'stride', 'padding', 'dilation', 'groups'),
  Conv2d: other('weight', 'bias', 'stride', 'padding', 'dilation', 'groups'),
  SumPool2d: other('kernel_size', 'stride', 'padding'),
  AvgPool2d: other('kernel_size', 'stride', 'padding'),
}

/** The file is not a NIR file, or is damaged. */
export const malformed = (what: string): SpikewardError =>
  new SpikewardError('NIR_MALFORMED', `${what}; write the file again with the tool that made it, or repair the graph`)

/** The graph is valid, but a node of it cannot be executed here. */
export const unsupported = (node: string, type: string, why: string, remedy: string): SpikewardError =>
  new SpikewardError('NIR_UNSUPPORTED', `node '${node}' of type ${type} cannot be executed: ${why}; ${remedy}`)
