import { SpikewardError } from '../errors.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { scanPrimitive, sliceShape } from '../primitives/scanPrimitive.js'
import { type Tree, sameStructure, treeFlatten, treeUnflatten } from '../tensor/tree.js'
import { flattenFunction } from './flat.js'

/** Options of {@link scan}. */
export interface ScanOptions {
  /** Number of steps; required without sequences. */
  readonly length?: number
  /** Runs from the last step to the first; outputs stay in the order of time. Default false. */
  readonly reverse?: boolean
}

/**
 * Loops over time: carry, y_t = step(carry, x_t).
 *
 * A step that works element by element, as neuron models without recurrence do, becomes one kernel that keeps the state
 * in registers. Its jvp is the scan of (state, tangent), so forward mode needs no memory per step.
 *
 * @param step from (carry, one slice of every sequence) to [next carry, outputs of this step]; carries keep shape and
 *   type
 * @param init the carry before the first step
 * @param xs tree of sequences, time as axis 0; null for none (the step then gets null)
 * @returns [final carry, outputs stacked along a new axis 0]
 * @example
 * const [total, partial] = scan((s, x) => { const t = add(s, x); return [t, t] }, tensor(0), tensor([1, 2, 3]))
 */
export function scan<C extends Tree, X extends Tree | null, Y extends Tree>(
  step: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [C, Y] {
  const start = treeFlatten(init)
  const sequences = xs === null ? null : treeFlatten(xs)
  const length = options.length ?? sequences?.leaves[0]?.shape[0]
  if (length === undefined || !Number.isInteger(length) || length < 0) {
    throw new SpikewardError(
      'INVALID_ARGUMENT',
      `scan over ${length} steps: pass sequences, or { length } as a whole number of at least 0`,
    )
  }
  const flat = flattenFunction(
    (carry: Tree, x: Tree): Tree => step(carry as C, (sequences === null ? null : x) as X) as unknown as Tree,
    treeFlatten([init, xs ?? []]).structure,
  )
  const xsLeaves = sequences?.leaves ?? []
  const { program, captured } = traceFlat(flat, [
    ...start.leaves.map((t) => ({ ...t.aval, binary: false })),
    ...xsLeaves.map((t) => ({ ...t.aval, shape: sliceShape(t.shape, 0) })),
  ])
  const [carryOut, ysOut] = flat.structure!.children
  if (flat.structure!.kind !== 'list' || carryOut === undefined || ysOut === undefined) {
    throw new SpikewardError(
      'STRUCTURE_MISMATCH',
      `scan: a step returned ${flat.structure!.text}; it must return [carry, outputs]; use [] for no outputs`,
    )
  }
  sameStructure(start.structure, carryOut, 'scan: the initial carry and the one that a step returns')
  const outs = bind(scanPrimitive, [...captured, ...start.leaves, ...xsLeaves], {
    body: program,
    length,
    constants: captured.length,
    carries: start.leaves.length,
    xsAxes: xsLeaves.map(() => 0),
    ysAxes: program.outputs.slice(start.leaves.length).map(() => 0),
    reverse: options.reverse ?? false,
    recompute: false,
  })
  const n = start.leaves.length
  return [treeUnflatten(start.structure, outs.slice(0, n)) as C, treeUnflatten(ysOut, outs.slice(n)) as Y]
}
