import { SpikewardError } from '../errors.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { overTimePrimitive } from '../primitives/overTimePrimitive.js'
import { printAval } from '../tensor/aval.js'
import { type Tree, treeFlatten } from '../tensor/tree.js'
import { flattenFunction, restore } from '../transforms/flat.js'

/**
 * Applies a function to each time step of sequences, all steps at once: `vmap` over time. Between two time loops it
 * computes a layer with one product for all steps, where a layer inside a loop multiplies step by step; results are the
 * same. Unlike under `vmap`, estimators see that the axis is time.
 *
 * @param step function of one slice of each sequence
 * @param xs trees of sequences, time as axis 0
 * @returns the results of all steps, time as axis 0
 * @throws SHAPE_MISMATCH if the sequences differ in length; INVALID_ARGUMENT if there is none
 * @example const currents = overTime((spikes) => affine(params, spikes), spikes)   // [T, N, n] to [T, N, m]
 */
export function overTime<X extends readonly Tree[], Y extends Tree>(step: (...xs: X) => Y, ...xs: X): Y {
  const { leaves, structure } = treeFlatten(xs)
  const length = leaves[0]?.shape[0]
  if (length === undefined) {
    throw new SpikewardError('INVALID_ARGUMENT', 'overTime: there is no sequence; give tensors with time as axis 0')
  }
  const other = leaves.find((t) => t.shape[0] !== length)
  if (other !== undefined) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `overTime: sequences ${printAval(leaves[0]!.aval)} and ${printAval(other.aval)} differ in time; give sequences of equal length`,
    )
  }
  const flat = flattenFunction(step, structure)
  const { program, captured } = traceFlat(
    flat,
    leaves.map((t) => ({ ...t.aval, shape: t.shape.slice(1) })),
  )
  const outs = bind(overTimePrimitive, [...captured, ...leaves], { step: program, length, constants: captured.length })
  return restore<Y>(flat, outs)
}
