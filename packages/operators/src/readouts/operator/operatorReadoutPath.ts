import { add, arange, scan, zeros } from '@spikeward/core'
import type { FloatDType, OperatorTensors, Tensor, Tree, Variables } from '@spikeward/core'
import { type Solvable, type SolveOperatorReadoutOptions, operatorReadoutSettings } from './operatorReadoutSettings.js'
import { operatorReadoutParts } from './sharedOperatorReadout.js'

/**
 * The readouts of {@link solveOperatorReadout} for each of several penalties (a regularisation path). The features,
 * which take nearly all of the time, and their sums are computed once.
 *
 * @param lambdas the penalties
 * @returns a pure, traceable function; its result has the learned variables of each penalty, in their order
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 */
export function operatorReadoutPath<P extends Tree, F extends Tree>(
  network: Solvable<Variables<P, F>>,
  options: Omit<SolveOperatorReadoutOptions, 'lambda'>,
  lambdas: readonly number[],
): (variables: Variables<P, F>, data: OperatorTensors, precision?: FloatDType) => readonly P[] {
  const settings = lambdas.map((lambda) => operatorReadoutSettings(network, { ...options, lambda }))
  return (variables, data, precision = 'f64') => {
    const each = settings.map((one) => operatorReadoutParts(network, one, precision))
    const [first] = each
    if (first === undefined) return []
    const prepared = first.prepare(variables, data)
    const more = (sums: Tensor, index: Tensor): [Tensor, Tree] => [
      add(sums, first.part(variables, data, index, prepared)),
      [],
    ]
    const [sums] = scan(more, zeros([first.lengthOf(prepared)], precision), arange(first.parts, 'u32'))
    return each.map(({ finish }) => finish(variables, data, sums, prepared))
  }
}
