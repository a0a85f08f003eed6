import { SpikewardError } from '../errors.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { simplify } from '../program/passes/simplify.js'
import type { ClosedProgram } from '../program/program.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Structure, type Tree, treeFlatten, treeUnflatten } from '../tensor/tree.js'

/** A function of trees as a function of their tensors; `structure` is that of the last result. */
export interface FlatFunction {
  (...leaves: Tensor[]): readonly Tensor[]
  structure: Structure | null
}

/** Flattens a function of trees: transforms work on flat lists of tensors. */
export function flattenFunction<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  args: Structure,
): FlatFunction {
  const flat: FlatFunction = Object.assign(
    (...leaves: Tensor[]): readonly Tensor[] => {
      const result: unknown = fn(...(treeUnflatten(args, leaves) as unknown as A))
      if (result instanceof Promise) {
        throw new SpikewardError(
          'ASYNC_FUNCTION',
          'a traced function returned a Promise; traced functions must be synchronous; await before or after',
        )
      }
      const out = treeFlatten(result as Tree)
      flat.structure = out.structure
      return out.leaves
    },
    { structure: null },
  )
  return flat
}

/** The result tree of a flat function after a call. */
export const restore = <R extends Tree>(flat: FlatFunction, leaves: readonly Tensor[]): R =>
  treeUnflatten(flat.structure!, leaves) as R

/**
 * Traces a function to a simplified Program; only the shapes and types of the arguments matter. Print it with
 * `printProgram(trace(f, x).program)`.
 */
export function trace<A extends readonly Tree[]>(fn: (...args: A) => Tree, ...args: A): ClosedProgram {
  const { leaves, structure } = treeFlatten(args)
  const { program, captured } = traceFlat(
    flattenFunction(fn, structure),
    leaves.map((t) => t.aval),
  )
  return { program: simplify(program), captured }
}
