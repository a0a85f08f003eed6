import { traceFlat } from '../interpreters/traceFlat.js'
import type { ClosedProgram } from '../program/program.js'
import { simplify } from '../program/passes/simplify.js'
import type { Tree } from '../tensor/tree.js'
import { treeFlatten } from '../tensor/tree.js'
import { flattenFunction } from './flat.js'

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
