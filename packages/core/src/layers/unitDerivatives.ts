import { bind } from '../interpreters/currentInterpreter.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { onesLike } from '../numpy/create.js'
import { affineOperands, affinePrimitive } from '../primitives/affinePrimitive.js'
import { stopGradient } from '../primitives/pointwise/cast.js'
import { type Atom, type Primitive, type Var, isLiteral } from '../program/program.js'
import type { Tensor } from '../tensor/tensor.js'
import { jvp } from '../transforms/jvp.js'
import { inlineProgram } from '../program/passes/inlineProgram.js'
import { simplify } from '../program/passes/simplify.js'
import { runLayers } from './layerProgram.js'
import type { Jacobian } from './layerTraces.js'
import type { ByLayer } from './perturb.js'
import { type TracedStep, parametersOf } from './onlineStep.js'
import { type Derivative, type Source, sameSource } from './unitDynamics.js'

/**
 * The derivatives of useful states, and of the inputs of layers that filters or joint traces follow, within their
 * units: by one tangent of ones for each state, layer and parameter, which passes no layer, so that units do not act on
 * each other.
 *
 * @param leaves the operands of the step
 */
export function derivativesOf(traced: TracedStep, leaves: readonly Tensor[]): readonly Derivative[] {
  const { own, dynamics, captured, parameters, filters, joint } = traced
  const watched = new Set([...joint, ...filters.map(({ layer }) => layer)])
  const targets = [
    ...[...dynamics.useful].map((j) => [j, dynamics.states[j]!] as const),
    ...[...watched].map((id) => [id, dynamics.inputs.get(id)!] as const),
  ]
  const preActivations = new Map<string, Tensor>()
  const run = (operands: readonly Tensor[], moved: ByLayer): ((to: number | string) => Tensor) => {
    const inputs = new Map<string, Tensor>()
    const outs = runLayers(own.program, operands, ({ id, params, operands: ins }) => {
      inputs.set(id, affineOperands(params, ins).x)
      const y = moved[id] ?? stopGradient(bind(affinePrimitive, ins, params)[0]!)
      if (operands === leaves) preActivations.set(id, y)
      return [y]
    })
    return (to) => (typeof to === 'number' ? outs[to]! : inputs.get(to)!)
  }
  run(leaves, {})
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
    ...[...preActivations].flatMap(([id, at]) =>
      along({ kind: 'layer', id }, at, (moved) => run([...leaves], { [id]: moved })),
    ),
    ...parametersOf(traced).flatMap(([index]) =>
      along({ kind: 'parameter', index }, leaves[captured.length + index]!, withLeaf(captured.length + index)),
    ),
  ]
}

/** D, and Df by a source. */
export const jacobianOf =
  (all: readonly Derivative[]) =>
  (source: Source): Jacobian => ({
    states: all.flatMap(({ from, to, value }) =>
      from.kind === 'state' && typeof to === 'number' ? [{ from: from.index, to, value }] : [],
    ),
    layer: new Map(
      all.flatMap(({ from, to, value }) =>
        sameSource(from, source) && typeof to === 'number' ? [[to, value] as const] : [],
      ),
    ),
    recurrent: [],
  })

/**
 * `factor` times the value of a variable, or the number `factor`; NaN is a number that is not known when the step is
 * traced.
 */
type Scaled = { readonly of: Var | null; readonly factor: number }

/** A derivative as a multiple. */
export type Multiple = Pick<Derivative, 'from' | 'to'> & Scaled

/**
 * The derivatives as multiples: those with one variable are proportional at each step and unit, those with none are
 * constant.
 */
export function derivativesAsMultiples(traced: TracedStep): readonly Multiple[] {
  let all: readonly Derivative[] = []
  const { program } = traceFlat(
    (...leaves) => {
      all = derivativesOf(traced, leaves)
      return all.map(({ value }) => value)
    },
    traced.leaves.map((t) => t.aval),
  )
  const { equations, outputs } = simplify(inlineProgram(program))
  const multiples = new Map<Var, Scaled>()
  const of = (a: Atom): Scaled =>
    isLiteral(a) ? { of: null, factor: Number(a.literal) } : (multiples.get(a) ?? { of: a, factor: 1 })
  for (const e of equations) {
    const scaled = scaledBy(e.primitive, e.inputs.map(of))
    if (scaled !== null) multiples.set(e.outputs[0]!, scaled)
  }
  return all.map(({ from, to }, i) => ({ from, to, ...of(outputs[i]!) }))
}

/** The result of an operation as a multiple, or null if it is a variable of its own. */
function scaledBy({ name, lower: { kind } }: Primitive, operands: readonly Scaled[]): Scaled | null {
  const [x, y] = operands
  const [a, b] = [x?.factor ?? 1, y?.factor ?? 1]
  const numbers = operands.every((o) => o.of === null)
  if (name === 'mul' && (x!.of === null || y!.of === null) && Number.isFinite(a * b))
    return { of: x!.of ?? y!.of, factor: a * b }
  if ((name === 'add' || name === 'sub') && x!.of === y!.of && Number.isFinite(a * b))
    return { of: x!.of, factor: name === 'add' ? a + b : a - b }
  if (name === 'neg' && Number.isFinite(a)) return { of: x!.of, factor: -a }
  const repeats = kind === 'view' || kind === 'reshape' || name === 'broadcast'
  if (repeats && numbers) return x!
  return kind === 'pointwise' && name !== 'iota' && numbers ? { of: null, factor: Number.NaN } : null
}

/** The states of a layer whose traces factorise: their derivatives are constant, and by states of that kind. */
export function constantStates(id: string, states: readonly number[], all: readonly Multiple[]): ReadonlySet<number> {
  const left = new Set(states)
  const factorises = (j: number): boolean =>
    all.every(({ from, to, of }) => {
      if (to !== j || from.kind === 'parameter') return true
      if (from.kind === 'layer') return from.id !== id || of === null
      return !states.includes(from.index) || (left.has(from.index) && of === null)
    })
  for (let before = -1; before !== left.size; ) {
    before = left.size
    for (const j of left) if (!factorises(j)) left.delete(j)
  }
  return left
}

/** For a state, the factors by which its derivatives by states of the step before are multiples of that by a layer. */
export const ratiosTo =
  (id: string, all: readonly Multiple[]) =>
  (to: number): ReadonlyMap<number, number> => {
    const own = all.find((m) => m.to === to && m.from.kind === 'layer' && m.from.id === id)
    if (own === undefined || own.of === null) return new Map()
    return new Map(
      all.flatMap(({ from, to: j, of, factor }) =>
        j === to && from.kind === 'state' && of === own.of ? [[from.index, factor / own.factor] as const] : [],
      ),
    )
  }
