import { type OperatorNetwork, type Tree, type Variables, construct, onlyDeclared } from '@spikeward/core'
import { type OperatorSolvers, operatorSolvers } from './operatorSolvers.js'
import type { PreparedOperator } from './prepareOperator.js'
import { type OperatorSizes, suppliedOptions } from './suppliedOptions.js'

/** An operator network within its output transform, and the solvers of its readouts. */
export type MadeOperator = OperatorSolvers & {
  readonly network: OperatorNetwork<Variables, Tree>
  /** The network without the output transform. */
  readonly inner: OperatorNetwork<Variables, Tree>
}

/**
 * Makes the network of a prepared operator. The options that its factory declares are taken from the operator and from
 * the sizes ({@link suppliedOptions}); `options` holds all others.
 *
 * @param options values of further declared options, such as `{ components: 40 }`
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example
 * const { network, solve } = operatorNetwork(prepared, { units, branch: [200], trunk: [50], features: 32 })
 */
export function operatorNetwork(
  prepared: PreparedOperator,
  sizes: OperatorSizes,
  options: Readonly<Record<string, unknown>> = {},
): MadeOperator {
  const { factory } = prepared
  const supplied = Object.entries(onlyDeclared(factory, suppliedOptions(prepared, sizes))).map(
    ([name, make]) => [name, make()] as const,
  )
  // The kind of a declaration fixes what its factory returns.
  const inner = construct(factory, { ...Object.fromEntries(supplied), ...options }) as OperatorNetwork<Variables, Tree>
  return { inner, network: prepared.wrap(inner), ...operatorSolvers(prepared, inner) }
}
