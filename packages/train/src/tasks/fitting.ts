import { SpikewardError } from '@spikeward/core'
import type { RegressionProblem, Tensor } from '@spikeward/core'

/**
 * The prediction of a network at points of a problem. Checks, while a step is traced, that the two fit.
 *
 * @param network name of the network, for the error
 * @param predict the network at points [B, inputs]
 * @param output picks the outputs from the prediction; if absent their number is not checked, since a custom loss may
 * need others
 * @throws SHAPE_MISMATCH that names both, if the network takes another number of inputs or gives another number of outputs
 */
export function fitting<Out>(
  { name }: { readonly name: string },
  problem: Pick<RegressionProblem, 'name' | 'inputs' | 'outputs'>,
  predict: () => Out,
  output?: (out: Out) => Tensor,
): Out {
  let out: Out
  try {
    out = predict()
  } catch (cause) {
    if (!(cause instanceof SpikewardError) || cause.code !== 'SHAPE_MISMATCH') throw cause
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `network '${name}' cannot be applied to the points of '${problem.name}', which have inputs: ${problem.inputs}: ${cause.message}; if the network takes another number of inputs, make it with this number`,
      { cause },
    )
  }
  const given = output?.(out).shape.at(-1)
  if (output !== undefined && given !== problem.outputs) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `network '${name}' gives ${given ?? 'no'} outputs, and '${problem.name}' has outputs: ${problem.outputs}; make the network with this number of outputs`,
    )
  }
  return out
}
