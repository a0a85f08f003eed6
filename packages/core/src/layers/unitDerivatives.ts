import { bind } from '../interpreters/currentInterpreter.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { onesLike, zeros } from '../numpy/create.js'
import { add } from '../numpy/elementwise.js'
import { affineOperands, affinePrimitive } from '../primitives/affinePrimitive.js'
import { stopGradient } from '../primitives/pointwise/stopGradient.js'
import type { Atom, Var } from '../program/program.js'
import { isLiteral } from '../program/program.js'
import type { Tensor } from '../tensor/tensor.js'
import { jvp } from '../transforms/jvp.js'
import { runLayers } from './layerProgram.js'
import type { ByLayer } from './perturb.js'
import { parametersOf } from './onlineStep.js'
import type { TracedStep } from './onlineStep.js'
import type { Derivative, Source } from './unitDynamics.js'

/** Whether two sources are the same. */
export const sameSource = (a: Source, b: Source): boolean =>
  a.kind === 'layer'
    ? b.kind === 'layer' && a.id === b.id
    : a.kind === b.kind && a.index === (b as { index: number }).index

/**
 * The derivatives of useful states, and of the inputs of layers that filters or joint traces follow, within their units: by one tangent of ones for each state,
 * layer and parameter, which passes no layer, so that units do not act on each other.
 *
 * @param leaves the operands of the step
 */
export function derivativesOf(found: TracedStep, leaves: readonly Tensor[]): readonly Derivative[] {
  const { own, dynamics, captured, parameters, filters, joint } = found
  const watched = new Set([...joint, ...filters.map(({ layer }) => layer)])
  const targets = [
    ...[...dynamics.useful].map((j) => [j, dynamics.states[j]!] as const),
    ...[...watched].map((id) => [id, dynamics.inputs.get(id)!] as const),
  ]
  const run = (operands: readonly Tensor[], extra: ByLayer): ((to: number | string) => Tensor) => {
    const inputs = new Map<string, Tensor>()
    const outs = runLayers(own.program, operands, ({ id, params, operands: ins }) => {
      inputs.set(id, affineOperands(params, ins).x)
      const y = stopGradient(bind(affinePrimitive, ins, params)[0]!)
      return [extra[id] === undefined ? y : add(y, extra[id])]
    })
    return (to) => (typeof to === 'number' ? outs[to]! : inputs.get(to)!)
  }
  const withLeaf = (position: number) => (moved: Tensor) =>
    run(
      leaves.map((t, i) => (i === position ? moved : t)),
      {},
    )
  const along = (from: Source, at: Tensor, moved: (x: Tensor) => (to: number | string) => Tensor): Derivative[] => {
    const reached = targets.filter(([, sources]) => [...sources].some((s) => sameSource(s, from))).map(([to]) => to)
    if (reached.length === 0) return []
    const [, values] = jvp((x: Tensor) => reached.map(moved(x)), [at], [onesLike(at)])
    return reached.map((to, i) => ({ from, to, value: values[i]! }))
  }
  return [
    ...[...dynamics.useful].flatMap((index) => {
      const position = captured.length + parameters.length + index
      return along({ kind: 'state', index }, leaves[position]!, withLeaf(position))
    }),
    ...own.layers.flatMap(({ id, shape, dtype }) =>
      along({ kind: 'layer', id }, zeros(shape, dtype), (extra) => run(leaves, { [id]: extra })),
    ),
    ...parametersOf(found).flatMap(([index]) =>
      along({ kind: 'parameter', index }, leaves[captured.length + index]!, withLeaf(captured.length + index)),
    ),
  ]
}

/** A derivative without its value. */
export type Entry = Pick<Derivative, 'from' | 'to'>

/** The derivatives that are the same numbers at each step and unit: their tangents depend on no operand of the step. */
export function constantDerivatives(found: TracedStep): {
  readonly all: readonly Entry[]
  readonly constant: ReadonlySet<Entry>
} {
  let all: readonly Derivative[] = []
  const { program } = traceFlat(
    (...leaves) => {
      all = derivativesOf(found, leaves)
      return all.map(({ value }) => value)
    },
    found.leaves.map((t) => t.aval),
  )
  const varies = new Set<Var>(program.inputs)
  for (const { primitive, inputs, outputs } of program.equations) {
    const { kind } = primitive.lower
    const repeats = kind === 'pointwise' ? primitive.name !== 'iota' : kind === 'view' || kind === 'reshape'
    if (!repeats || inputs.some((a) => !isLiteral(a) && varies.has(a))) outputs.forEach((v) => varies.add(v))
  }
  const isConstant = (a: Atom): boolean => isLiteral(a) || !varies.has(a)
  return { all, constant: new Set(all.filter((_, i) => isConstant(program.outputs[i]!))) }
}

/** The states of a layer whose traces factorise: their derivatives are constant, and by states of that kind. */
export function constantStates(
  id: string,
  states: readonly number[],
  { all, constant }: ReturnType<typeof constantDerivatives>,
): ReadonlySet<number> {
  const left = new Set(states)
  const factorises = (j: number): boolean =>
    all.every((entry) => {
      const { from, to } = entry
      if (to !== j || from.kind === 'parameter') return true
      if (from.kind === 'layer') return from.id !== id || constant.has(entry)
      return !states.includes(from.index) || (left.has(from.index) && constant.has(entry))
    })
  for (let before = -1; before !== left.size; ) {
    before = left.size
    for (const j of left) if (!factorises(j)) left.delete(j)
  }
  return left
}
