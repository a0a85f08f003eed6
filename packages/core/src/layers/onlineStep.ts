import { SpikewardError } from '../errors.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { full, iota, zeros } from '../numpy/create.js'
import { add, cast, equal, mul, sub } from '../numpy/elementwise.js'
import { sum } from '../numpy/reduce.js'
import { concatenate, expandDims, reshape, slice } from '../numpy/shape.js'
import { type AffineParams, affineOperands, affinePrimitive } from '../primitives/affinePrimitive.js'
import { dotPrimitive } from '../primitives/dot.js'
import { stopGradient } from '../primitives/pointwise/cast.js'
import type { DotParams } from '../program/params.js'
import type { Primitive } from '../program/program.js'
import { printAval, sameShape } from '../tensor/aval.js'
import type { FloatDType } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Tree, treeLeaves, treePaths } from '../tensor/tree.js'
import { restore } from '../transforms/flat.js'
import { vjp } from '../transforms/vjp.js'
import { vmap } from '../transforms/vmap.js'
import { type LayerCall, type LayerProgram, layerProgram, runLayers } from './layerProgram.js'
import { type Filter, inputFilters } from './inputFilters.js'
import type { InputType, LayerGradient, Term } from './layerTraces.js'
import type { ByLayer } from './perturb.js'
import { type Source, type UnitDynamics, movedStates, unitDynamics } from './unitDynamics.js'

/** A layer of a step: its operation, and shape and type of its input. */
export type StepLayer = { readonly params: AffineParams; readonly input: InputType }

/** A traced step: its layers, its dynamics, and its operands. */
export type TracedStep = {
  readonly own: LayerProgram
  readonly dynamics: UnitDynamics
  readonly captured: readonly Tensor[]
  readonly parameters: readonly Tensor[]
  readonly states: readonly Tensor[]
  /** The paths of states. */
  readonly stateNames: readonly string[]
  /** Captured tensors, parameters, states and inputs. */
  readonly leaves: readonly Tensor[]
  /** Layers whose inputs pass no error. */
  readonly blocked: ReadonlySet<string>
  readonly calls: ReadonlyMap<string, StepLayer>
  /** Sources of each new state, and of filters after them; through recurrent layers too where traces follow these. */
  readonly sources: readonly ReadonlySet<Source>[]
  readonly filters: readonly Filter[]
  /** Recurrent layers that traces follow from unit to unit. */
  readonly joint: readonly string[]
}

/** How traces follow the influence of units on each other. */
export type Reach = {
  /** Whether errors reach a layer from the result without passing another layer with states. */
  readonly direct?: boolean
  /** Whether traces follow recurrent layers. */
  readonly joint?: boolean
  /** How often a path passes a layer by filters of inputs. */
  readonly hops?: number
}

/**
 * Traces a step and follows its dynamics.
 *
 * @throws NOT_ONLINE, STRUCTURE_MISMATCH
 */
export function tracedStep<P extends Tree, S extends Tree, X extends Tree>(
  step: (params: P, ...rest: readonly [S, X]) => Tree,
  params: P,
  state: S,
  x: X,
  { direct = false, joint = false, hops = 0 }: Reach,
): TracedStep {
  const own = layerProgram(step, params, [state, x])
  const [parameters, states, xs] = [treeLeaves(params), treeLeaves(state), treeLeaves(x)]
  const captured = own.inputs.slice(0, own.inputs.length - parameters.length - states.length - xs.length)
  const next = own.program.outputs.slice(0, states.length)
  states.forEach((t, i) => {
    const output = next[i]
    if (output === undefined || !sameShape(output.aval.shape, t.shape) || output.aval.dtype !== t.dtype)
      throw new SpikewardError(
        'STRUCTURE_MISMATCH',
        `online: the state '${treePaths(state)[i]}' is ${printAval(t.aval)}, and the step returns ${output === undefined ? 'none' : printAval(output.aval)}; a step returns [next states, result] with states as it was given`,
      )
  })
  const layout = { captured: captured.length, parameters: treePaths(params), states: treePaths(state) }
  const dynamics = unitDynamics(own.program, layout, joint || hops > 0 ? 'all' : direct ? 'above' : 'forward')
  const { dynamic, recurrent, inputs } = dynamics
  const blocked = joint || hops > 0 ? new Set<string>() : direct ? new Set([...recurrent, ...dynamic]) : recurrent
  const followed = joint ? [...recurrent].filter((id) => dynamic.has(id)) : []
  const mixing = followed.find((id) => !inputs.has(id))
  if (mixing !== undefined)
    throw new SpikewardError(
      'NOT_ONLINE',
      `online: the input of the recurrent layer '${mixing}' mixes units, and the traces of rule 'ostl' follow states element by element; choose another rule`,
    )
  const { filters, sources } = inputFilters(dynamics, hops)
  const calls = new Map(
    own.program.equations.flatMap((e): readonly (readonly [string, StepLayer])[] => {
      const p = e.params as AffineParams
      if (e.primitive !== (affinePrimitive as Primitive) || p.id === null) return []
      const input = { shape: e.inputs[p.captured]!.aval.shape, dtype: e.outputs[0]!.aval.dtype as FloatDType }
      return [[p.id, { params: p, input }]]
    }),
  )
  return {
    own,
    dynamics,
    captured,
    parameters,
    states,
    stateNames: layout.states,
    leaves: own.inputs,
    blocked,
    calls,
    sources: sources.map((from) => throughLayers(from, followed, inputs)),
    filters,
    joint: followed,
  }
}

/**
 * A step whose recurrent layers pass derivatives along the diagonal of their weights, from a unit to itself: a + (z −
 * z) diag(R).
 */
export const withDiagonal =
  <P extends Tree, S extends Tree, X extends Tree>(step: (params: P, ...rest: readonly [S, X]) => Tree) =>
  (params: P, ...[state, x]: readonly [S, X]): Tree => {
    const { own, dynamics } = tracedStep(step, params, state, x, {})
    const outs = runLayers(own.program, own.inputs, ({ id, params: p, operands }) => {
      const y = bind(affinePrimitive, operands, p)[0]!
      const { x: z, weights } = affineOperands(p, operands)
      const [inputs, units] = weights[0]!.shape
      if (!dynamics.recurrent.has(id) || !isProduct(p) || inputs !== units) return [y]
      const eye = cast(equal(iota([units!, units!], 0), iota([units!, units!], 1)), y.dtype)
      return [add(y, mul(sub(z, stopGradient(z)), stopGradient(sum(mul(weights[0]!, eye), 0))))]
    })
    return restore(own.flat, outs)
  }

/** Sources, and those of the inputs of the layers among them. */
const throughLayers = (
  from: ReadonlySet<Source>,
  layers: readonly string[],
  inputs: UnitDynamics['inputs'],
): ReadonlySet<Source> =>
  new Set(
    [...from].flatMap((s) => [s, ...(s.kind === 'layer' && layers.includes(s.id) ? (inputs.get(s.id) ?? []) : [])]),
  )

/** Useful states and filters that a source moves, in this step or a later one. */
export function statesMovedBy(
  { dynamics: { useful }, sources, filters }: TracedStep,
  source: Source,
): readonly number[] {
  const moved = movedStates(sources, source)
  return [...useful, ...filters.map(({ index }) => index)].filter((j) => moved.has(j))
}

/** Parameters that are coefficients of units, by position, with the states that they move. */
export const parametersOf = (traced: TracedStep): readonly (readonly [number, readonly number[]])[] =>
  traced.parameters.flatMap((_, index) => {
    const states = statesMovedBy(traced, { kind: 'parameter', index })
    return states.length === 0 ? [] : [[index, states] as const]
  })

/** Shape of the units of a state or filter. */
export const unitsOf = ({ states, filters, calls }: TracedStep, j: number): readonly number[] => {
  const filter = filters[j - states.length]
  return filter === undefined ? states[j]!.shape : calls.get(filter.layer)!.input.shape
}

/** Whether units of some states act on each other through a layer that traces follow. */
export const isJoint = ({ dynamics, joint }: TracedStep, states: readonly number[]): boolean =>
  states.some((j) => [...(dynamics.states[j] ?? [])].some((s) => s.kind === 'layer' && joint.includes(s.id)))

/** Runs the step as it is; also returns the calls of its layers. */
export function plainRun({ own, leaves }: TracedStep): {
  readonly outs: readonly Tensor[]
  readonly layers: ReadonlyMap<string, LayerCall>
} {
  const layers = new Map<string, LayerCall>()
  const outs = runLayers(own.program, leaves, (call) => {
    layers.set(call.id, call)
    return bind(affinePrimitive, call.operands, call.params)
  })
  return { outs, layers }
}

/** The input of a layer. */
export const inputOf = ({ params, operands }: LayerCall): Tensor => affineOperands(params, operands).x

/** L(·, W) of a layer. */
export const linearOf =
  ({ params, operands }: LayerCall) =>
  (x: Tensor): Tensor => {
    const { captured, weights } = affineOperands(params, operands)
    return bind(affinePrimitive, [...captured, x, ...weights], { ...params, bias: null, feedback: false })[0]!
  }

/** The error at the input of a layer, from that at its pre-activation. */
export const errorBelow = ({ params, operands }: LayerCall, error: Tensor): Tensor => {
  const at = (x: Tensor): Tensor =>
    bind(
      affinePrimitive,
      operands.map((t, i) => (i === params.captured ? x : t)),
      params,
    )[0]!
  return vjp(at, operands[params.captured]!)[1](error)[0]
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

/**
 * ∂L_t by the pre-activations, by the states of the step before, and by parameters where no layer multiplies by them.
 */
export function errorsOf(traced: TracedStep, cotangents: readonly Tensor[]) {
  const { own, dynamics, captured, parameters, states, leaves, blocked } = traced
  const xs = leaves.slice(captured.length + parameters.length + states.length)
  const results = (extra: ByLayer, before: readonly Tensor[], params: readonly Tensor[]): readonly Tensor[] =>
    runLayers(own.program, [...captured, ...params, ...before, ...xs], ({ id, params: p, operands }) => {
      const constants = operands.map((t, i) =>
        i > p.captured || (i === p.captured && blocked.has(id)) ? stopGradient(t) : t,
      )
      return [add(bind(affinePrimitive, constants, p)[0]!, extra[id]!)]
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

/**
 * The gradient of the parameters from that of each layer: through the linear maps, and what weights are computed from.
 */
export function layerParameters(
  { own, captured, parameters, leaves, calls }: TracedStep,
  gradients: ReadonlyMap<string, LayerGradient>,
): readonly Tensor[] {
  const uses = (params: readonly Tensor[]): { readonly [id: string]: readonly Tensor[] } => {
    const operands: { [id: string]: readonly Tensor[] } = {}
    runLayers(own.program, [...captured, ...params, ...leaves.slice(captured.length + params.length)], (call) => {
      operands[call.id] = operandsOf(call, gradients.get(call.id)!)
      return bind(affinePrimitive, call.operands, call.params)
    })
    return operands
  }
  const cotangents = Object.fromEntries(
    own.layers.map(({ id }) => {
      const { terms, weight, bias } = gradients.get(id)!
      const own = weight === undefined ? [] : [weight, ...(calls.get(id)!.params.bias === null ? [] : [bias!])]
      return [id, [...together(terms, (t) => t.error), ...own]]
    }),
  )
  return vjp(uses, parameters)[1](cotangents)[0]
}

/** Whether one product of all terms is cheaper than a product of each. */
const isMany = (terms: readonly Term[]): boolean => terms.length > 2 || terms.some((t) => t.steps === true)

/** A tensor of each term; one of all, stacked along axis 0, if they are many. */
const together = (terms: readonly Term[], of: (t: Term) => Tensor): readonly Tensor[] => {
  if (!isMany(terms)) return terms.map(of)
  return [concatenate(terms.map((t) => (t.steps === true ? of(t) : expandDims(of(t), 0))))]
}

/**
 * The values that a layer's gradient has cotangents of: pre-activations at the traces, all terms at once, then the
 * weight and the bias.
 */
function operandsOf({ params, operands }: LayerCall, { terms, weight }: LayerGradient): readonly Tensor[] {
  const { captured, weights, bias } = affineOperands(params, operands)
  const plain = { ...params, feedback: false }
  const forward = (input: Tensor, scale: Tensor): Tensor => {
    const scaled = bias === null ? [] : [mul(bias, scale)]
    return bind(affinePrimitive, [...captured, stopGradient(input), ...weights, ...scaled], plain)[0]!
  }
  const inputs = together(terms, (t) => t.input)
  const scales = together(terms, ({ bias: scale, error, steps = false }) =>
    typeof scale === 'number' ? full(steps ? [error.shape[0]!] : [], scale, error.dtype) : scale,
  )
  const at = inputs.map((x, i) => (isMany(terms) ? vmap(forward) : forward)(x, scales[i]!))
  return weight === undefined ? at : [...at, weights[0]!, ...(bias === null ? [] : [bias])]
}
