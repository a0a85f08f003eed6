import { SpikewardError } from '../errors.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { onesLike, zeros } from '../numpy/create.js'
import { add, mul } from '../numpy/elementwise.js'
import { sum } from '../numpy/reduce.js'
import { reshape, slice } from '../numpy/shape.js'
import { affineOperands, affinePrimitive } from '../primitives/affinePrimitive.js'
import type { AffineParams } from '../primitives/affinePrimitive.js'
import { dotPrimitive } from '../primitives/dot.js'
import { stopGradient } from '../primitives/pointwise/stopGradient.js'
import type { DotParams } from '../program/params.js'
import type { Atom, Primitive, Var } from '../program/program.js'
import { isLiteral } from '../program/program.js'
import { printAval, sameShape } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import { treeLeaves, treePaths } from '../tensor/tree.js'
import { jvp } from '../transforms/jvp.js'
import { vjp } from '../transforms/vjp.js'
import { layerProgram, runLayers } from './layerProgram.js'
import type { LayerCall, LayerProgram } from './layerProgram.js'
import type { LayerGradient } from './layerTraces.js'
import type { ByLayer } from './perturb.js'
import { movedStates, unitDynamics } from './unitDynamics.js'
import type { Source, UnitDynamics } from './unitDynamics.js'

/** A traced step: its layers, its dynamics, and its operands. */
export type TracedStep = {
  readonly own: LayerProgram
  readonly dynamics: UnitDynamics
  readonly captured: readonly Tensor[]
  readonly parameters: readonly Tensor[]
  readonly states: readonly Tensor[]
  /** Captured tensors, parameters, states and inputs. */
  readonly leaves: readonly Tensor[]
  /** Layers whose inputs pass no error. */
  readonly blocked: ReadonlySet<string>
  readonly calls: ReadonlyMap<string, AffineParams>
}

/**
 * Traces a step and follows its dynamics.
 *
 * @param direct whether errors reach a layer from the result without passing another layer with states
 * @throws NOT_ONLINE, STRUCTURE_MISMATCH
 */
export function tracedStep<P extends Tree, S extends Tree, X extends Tree>(
  step: (params: P, ...rest: readonly [S, X]) => Tree,
  params: P,
  state: S,
  x: X,
  direct: boolean,
): TracedStep {
  const own = layerProgram(step, params, [state, x])
  const [parameters, states, xs] = [treeLeaves(params), treeLeaves(state), treeLeaves(x)]
  const captured = own.inputs.slice(0, own.inputs.length - parameters.length - states.length - xs.length)
  const next = own.program.outputs.slice(0, states.length)
  states.forEach((t, i) => {
    const found = next[i]
    if (found === undefined || !sameShape(found.aval.shape, t.shape) || found.aval.dtype !== t.dtype)
      throw new SpikewardError(
        'STRUCTURE_MISMATCH',
        `online: the state '${treePaths(state)[i]}' is ${printAval(t.aval)}, and the step returns ${found === undefined ? 'none' : printAval(found.aval)}; a step returns [next states, result] with states as it was given`,
      )
  })
  const dynamics = unitDynamics(own.program, {
    captured: captured.length,
    parameters: treePaths(params),
    states: treePaths(state),
  })
  const blocked = direct ? new Set([...dynamics.recurrent, ...dynamics.dynamic]) : dynamics.recurrent
  const calls = new Map<string, AffineParams>()
  for (const e of own.program.equations)
    if (e.primitive === (affinePrimitive as Primitive)) {
      const p = e.params as AffineParams
      if (p.id !== null) calls.set(p.id, p)
    }
  return { own, dynamics, captured, parameters, states, leaves: own.inputs, blocked, calls }
}

/** Useful states that a source moves, in this step or a later one. */
function reachable(
  { dynamics: { states, useful } }: TracedStep,
  isSource: (source: Source) => boolean,
): readonly number[] {
  const moved = movedStates(states, isSource)
  return [...useful].filter((j) => moved.has(j))
}

/** States that a layer moves, in this step or a later one. */
export const statesOfLayer = (found: TracedStep, id: string): readonly number[] =>
  reachable(found, (s) => s.kind === 'layer' && s.id === id)

/** Parameters that are coefficients of units, by position, with the states that they move. */
export const parametersOf = (found: TracedStep): readonly (readonly [number, readonly number[]])[] =>
  found.parameters.flatMap((_, index) => {
    const states = reachable(found, (s) => s.kind === 'parameter' && s.index === index)
    return states.length === 0 ? [] : [[index, states] as const]
  })

/** Shapes of the inputs of layers. */
export function inputShapes({ own }: TracedStep): ReadonlyMap<string, readonly number[]> {
  return new Map(
    own.program.equations.flatMap((e) => {
      if (e.primitive !== (affinePrimitive as Primitive)) return []
      const p = e.params as AffineParams
      return p.id === null ? [] : [[p.id, e.inputs[p.captured]!.aval.shape] as const]
    }),
  )
}

/** Runs the step as it is; also returns the input of each layer. */
export function plainRun({ own, leaves }: TracedStep): {
  readonly outs: readonly Tensor[]
  readonly inputs: ReadonlyMap<string, Tensor>
} {
  const inputs = new Map<string, Tensor>()
  const outs = runLayers(own.program, leaves, ({ id, params, operands }) => {
    inputs.set(id, affineOperands(params, operands).x)
    return bind(affinePrimitive, operands, params)
  })
  return { outs, inputs }
}

/** Derivatives of the new useful states within their units: derivatives pass no layer. */
export type Derivatives = {
  readonly states: readonly { readonly from: number; readonly to: number; readonly value: Tensor }[]
  /** By id of a layer, then by position of a state. */
  readonly layers: ReadonlyMap<string, ReadonlyMap<number, Tensor>>
  /** By position of a parameter, then of a state. */
  readonly parameters: ReadonlyMap<number, ReadonlyMap<number, Tensor>>
}

/**
 * The derivatives, by one tangent of ones for each state, layer and parameter: units do not act on each other here.
 *
 * @param leaves the operands of the step
 */
export function derivativesOf(found: TracedStep, leaves: readonly Tensor[]): Derivatives {
  const { own, dynamics, captured, parameters } = found
  const useful = [...dynamics.useful]
  const nextStates = (operands: readonly Tensor[], extra: ByLayer): Tensor[] =>
    runLayers(own.program, operands, ({ id, params, operands: ins }) => {
      const y = stopGradient(bind(affinePrimitive, ins, params)[0]!)
      return [extra[id] === undefined ? y : add(y, extra[id])]
    })
  /** Derivatives of the states that a source reaches within the step. */
  const along = (
    isSource: (s: Source) => boolean,
    at: Tensor,
    run: (moved: Tensor) => Tensor[],
  ): Map<number, Tensor> => {
    const to = useful.filter((j) => [...dynamics.states[j]!].some(isSource))
    if (to.length === 0) return new Map()
    const [, moved] = jvp((x: Tensor) => to.map((j) => run(x)[j]!), [at], [onesLike(at)])
    return new Map(to.map((j, i) => [j, moved[i]!]))
  }
  const withLeaf =
    (position: number) =>
    (moved: Tensor): Tensor[] =>
      nextStates(
        leaves.map((t, i) => (i === position ? moved : t)),
        {},
      )
  const states = useful.flatMap((from) => {
    const position = captured.length + parameters.length + from
    const moved = along((s) => s.kind === 'state' && s.index === from, leaves[position]!, withLeaf(position))
    return [...moved].map(([to, value]) => ({ from, to, value }))
  })
  const layers = own.layers
    .filter(({ id }) => dynamics.dynamic.has(id))
    .map(({ id, shape, dtype }) => {
      const moved = along(
        (s) => s.kind === 'layer' && s.id === id,
        zeros(shape, dtype),
        (extra) => nextStates(leaves, { [id]: extra }),
      )
      return [id, moved] as const
    })
  const coefficients = parametersOf(found).map(([p]) => {
    const position = captured.length + p
    return [p, along((s) => s.kind === 'parameter' && s.index === p, leaves[position]!, withLeaf(position))] as const
  })
  return { states, layers: new Map(layers), parameters: new Map(coefficients) }
}

/** Layers whose traces factorise: the derivatives of all states that they move are the same numbers at each step and unit. */
export function constantLayers(found: TracedStep): ReadonlySet<string> {
  const names: string[] = []
  const { program } = traceFlat(
    (...leaves) => {
      const { states, layers } = derivativesOf(found, leaves)
      const all = [
        ...states.map(({ from, to, value }) => [`${from}>${to}`, value] as const),
        ...[...layers].flatMap(([id, moved]) => [...moved].map(([to, value]) => [`${id}>${to}`, value] as const)),
      ]
      names.push(...all.map(([name]) => name))
      return all.map(([, value]) => value)
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
  const constant = new Set(names.filter((_, i) => isConstant(program.outputs[i]!)))
  const ids = [...found.dynamics.dynamic].filter((id) => {
    const states = statesOfLayer(found, id)
    const own = states.flatMap((to) => [`${id}>${to}`, ...states.map((from) => `${from}>${to}`)])
    return own.every((name) => !names.includes(name) || constant.has(name))
  })
  return new Set(ids)
}

/** The first element, as a scalar. */
export const firstOf = (x: Tensor): Tensor =>
  reshape(
    slice(
      x,
      x.shape.map(() => 0),
      x.shape.map(() => 1),
    ),
    [],
  )

/** Whether a layer's linear map is a product of [samples, inputs] with one weight [inputs, units]. */
export function isProduct({ linear, captured, weights }: AffineParams): boolean {
  const [only, ...others] = linear.equations
  if (only === undefined || others.length > 0 || weights !== 1 || only.primitive !== (dotPrimitive as Primitive))
    return false
  const { contract, batch } = only.params as DotParams
  const [x, w] = linear.inputs.slice(captured)
  return (
    only.inputs[0] === x &&
    only.inputs[1] === w &&
    x!.aval.shape.length === 2 &&
    w!.aval.shape.length === 2 &&
    batch[0].length === 0 &&
    contract[0].join() === '1' &&
    contract[1].join() === '0'
  )
}

/** ∂L_t by the pre-activations, by the states of the step before, and by parameters where no layer multiplies by them. */
export function errorsOf(found: TracedStep, cotangents: readonly Tensor[]) {
  const { own, dynamics, captured, parameters, states, leaves, blocked } = found
  const xs = leaves.slice(captured.length + parameters.length + states.length)
  const results = (extra: ByLayer, before: readonly Tensor[], params: readonly Tensor[]): readonly Tensor[] =>
    runLayers(own.program, [...captured, ...params, ...before, ...xs], ({ id, params: p, operands }) => {
      const held = operands.map((t, i) =>
        i > p.captured || (i === p.captured && blocked.has(id)) ? stopGradient(t) : t,
      )
      return [add(bind(affinePrimitive, held, p)[0]!, extra[id]!)]
    }).slice(states.length)
  const none = Object.fromEntries(own.layers.map(({ id, shape, dtype }) => [id, zeros(shape, dtype)]))
  const [, pull] = vjp(results, none, states, parameters)
  const [layers, before, params] = pull(cotangents)
  return {
    layers,
    states: new Map([...dynamics.useful].map((k) => [k, before[k]!])),
    parameters: params,
  }
}

/** The gradient of the parameters from that of each layer: through the linear maps, and what weights are computed from. */
export function layerParameters(
  { own, captured, parameters, leaves, calls }: TracedStep,
  gradients: ReadonlyMap<string, LayerGradient>,
): readonly Tensor[] {
  const uses = (params: readonly Tensor[]): { readonly [id: string]: readonly Tensor[] } => {
    const found: { [id: string]: readonly Tensor[] } = {}
    runLayers(own.program, [...captured, ...params, ...leaves.slice(captured.length + params.length)], (call) => {
      found[call.id] = operandsOf(call, gradients.get(call.id)!)
      return bind(affinePrimitive, call.operands, call.params)
    })
    return found
  }
  const cotangents = Object.fromEntries(
    own.layers.map(({ id }) => {
      const g = gradients.get(id)!
      const own = g.weight === undefined ? [] : [g.weight, ...(calls.get(id)!.bias === null ? [] : [g.bias!])]
      return [id, [...g.terms.map(({ error }) => error), ...own]]
    }),
  )
  return vjp(uses, parameters)[1](cotangents)[0]
}

/** The values that a layer's gradient has cotangents of: pre-activations at the traces, then the weight and the bias. */
function operandsOf({ params, operands }: LayerCall, { terms, weight }: LayerGradient): readonly Tensor[] {
  const { captured, weights, bias } = affineOperands(params, operands)
  const at = terms.map((term) => {
    const scaled = bias === null ? [] : [mul(bias, term.bias)]
    return bind(affinePrimitive, [...captured, stopGradient(term.input), ...weights, ...scaled], params)[0]!
  })
  return weight === undefined ? at : [...at, weights[0]!, ...(bias === null ? [] : [bias])]
}

/** Sums the leading axes until the shape is reached. */
export const sumTo = (x: Tensor, shape: readonly number[]): Tensor =>
  sum(
    x,
    Array.from({ length: x.ndim - shape.length }, (_, a) => a),
  )
