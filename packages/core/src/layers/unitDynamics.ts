import { SpikewardError } from '../errors.js'
import { type AffineParams, affineOperands, affinePrimitive } from '../primitives/affinePrimitive.js'
import { broadcastPrimitive } from '../primitives/broadcast.js'
import { customJvpPrimitive } from '../primitives/customJvpPrimitive.js'
import { stopGradientPrimitive } from '../primitives/pointwise/cast.js'
import type { BroadcastParams } from '../program/params.js'
import { type Atom, type Equation, type Primitive, type Program, type Var, isLiteral } from '../program/program.js'
import { sameShape } from '../tensor/aval.js'
import { isFloat } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import { layersIn } from './layerProgram.js'
import { bodyOf } from './loops.js'

/**
 * A value at the start of a time step from which a derivative may come: a state, a layer's pre-activation or a
 * parameter.
 */
export type Source =
  | { readonly kind: 'state'; readonly index: number }
  | { readonly kind: 'layer'; readonly id: string }
  | { readonly kind: 'parameter'; readonly index: number }

/** The derivative of a new state, by position, or of the input of a layer, by id, within units. */
export type Derivative = { readonly from: Source; readonly to: number | string; readonly value: Tensor }

/** Positions of the inputs and results of a time step's Program. */
export interface StepLayout {
  /** Number of captured tensors, which come first; then parameters, then states. */
  readonly captured: number
  readonly parameters: readonly string[]
  readonly states: readonly string[]
}

/** How the states of a time step depend on each other, on layers and on parameters, unit by unit. */
export interface UnitDynamics {
  /** Sources of each new state, through operations element by element alone. */
  readonly states: readonly ReadonlySet<Source>[]
  /** States through which the result may depend on earlier steps. */
  readonly useful: ReadonlySet<number>
  /** Layers that errors reach from the result. */
  readonly reached: ReadonlySet<string>
  /** Layers that reach a state which may matter to a later result. */
  readonly dynamic: ReadonlySet<string>
  /** Layers that read states which they move themselves, and no layer of this step. */
  readonly recurrent: ReadonlySet<string>
  /**
   * Positions of the parameters that the result of a step depends on other than through weights of layers and states.
   */
  readonly parameters: ReadonlySet<number>
  /** Sources of the input of each layer that is computed from units element by element. */
  readonly inputs: ReadonlyMap<string, ReadonlySet<Source>>
}

/** The sources of a value, and the operation that mixed units since, if one did. */
type Reach = { readonly from: ReadonlySet<Source>; readonly mixed: string | null }

const nothing: Reach = { from: new Set(), mixed: null }

/**
 * Follows derivatives through a time step whose layers are named.
 *
 * @param passes which layers pass errors to their inputs: `all`, `forward` but recurrent ones, which would pass them to
 *   the step before, or those `above` all states
 * @throws NOT_ONLINE if a useful state depends on a state, a layer or a parameter through an operation that mixes
 *   units, or if a layer is in a loop of the step
 */
export function unitDynamics(program: Program, layout: StepLayout, passes: 'all' | 'forward' | 'above'): UnitDynamics {
  const { captured, parameters, states } = layout
  const stateSources = states.map((_, index): Source => ({ kind: 'state', index }))
  const known = new Map<Var, Reach>()
  program.inputs.forEach((v, i) => {
    const parameter = i - captured
    const state = parameter - parameters.length
    if (!isFloat(v.aval.dtype) || parameter < 0 || state >= states.length) return
    known.set(v, {
      from: new Set([state < 0 ? { kind: 'parameter', index: parameter } : stateSources[state]!]),
      mixed: null,
    })
  })
  const of = (a: Atom): Reach => (isLiteral(a) ? nothing : (known.get(a) ?? nothing))
  /** The input of each layer. */
  const inputs = new Map<string, Reach>()
  for (const e of program.equations) {
    const body = bodyOf(e)
    const inside = body === null ? [] : layersIn(body)
    if (inside.length > 0) {
      const read = e.inputs.flatMap((a) =>
        [...of(a).from].flatMap((s) => (s.kind === 'state' ? [states[s.index]!] : [])),
      )
      throw new SpikewardError(
        'NOT_ONLINE',
        `online: the layer '${inside[0]}' is in a loop ('${e.primitive.name}') of the step, which reads ${quoted(read, 'no state')}; make the steps of the loop steps of the sequence, or write them out`,
      )
    }
    const reach = reachOf(e, of, inputs)
    if (reach.from.size > 0) for (const v of e.outputs) if (isFloat(v.aval.dtype)) known.set(v, reach)
  }
  const outputs = program.outputs.map(of)
  const reached = outputs.slice(0, states.length)
  const sources = reached.map((r) => r.from)
  const recurrent = new Set(
    [...inputs].flatMap(([id, { from }]) => {
      const read = [...from].flatMap((s) => (s.kind === 'state' ? [s.index] : []))
      const moved = movedStates(sources, { kind: 'layer', id })
      return [...from].some((s) => s.kind === 'layer') || !read.some((k) => moved.has(k)) ? [] : [id]
    }),
  )
  const along = (blocked: ReadonlySet<string>) => reachedFrom(outputs.slice(states.length), reached, inputs, blocked)
  const all = along(passes === 'all' ? new Set() : recurrent)
  for (const k of all.states) refuseMixed(reached[k]!, states[k]!, layout)
  const dynamic = new Set<string>()
  for (const k of all.states) for (const s of reached[k]!.from) if (s.kind === 'layer') dynamic.add(s.id)
  const entries = passes === 'above' ? along(new Set([...recurrent, ...dynamic])) : all
  const units = [...inputs].filter(
    ([, { from, mixed }]) => mixed === null && [...from].some((s) => s.kind !== 'parameter'),
  )
  const read = [...outputs.slice(states.length), ...inputs.values()].flatMap(({ from }) => [...from])
  const own = new Set(read.flatMap((s) => (s.kind === 'parameter' ? [s.index] : [])))
  return {
    states: sources,
    useful: entries.states,
    reached: entries.layers,
    dynamic,
    recurrent,
    parameters: own,
    inputs: new Map(units.map(([id, { from }]) => [id, from])),
  }
}

/** Whether two sources are the same. */
export const sameSource = (a: Source, b: Source): boolean =>
  a.kind === 'layer'
    ? b.kind === 'layer' && a.id === b.id
    : a.kind === b.kind && a.index === (b as { index: number }).index

/** States that a source moves, in this step or a later one. */
export function movedStates(states: readonly ReadonlySet<Source>[], source: Source): ReadonlySet<number> {
  const moved = new Set<number>()
  for (let before = -1; before < moved.size; ) {
    before = moved.size
    states.forEach((from, j) => {
      if ([...from].some((s) => sameSource(s, source) || (s.kind === 'state' && moved.has(s.index)))) moved.add(j)
    })
  }
  return moved
}

function reachOf(e: Equation, of: (a: Atom) => Reach, inputs: Map<string, Reach>): Reach {
  const primitive: Primitive = e.primitive
  if (primitive === (stopGradientPrimitive as Primitive)) return nothing
  if (primitive.name === 'mul' && e.inputs.some((a) => isLiteral(a) && a.literal === 0)) return nothing
  if (primitive === (affinePrimitive as Primitive)) {
    const p = e.params as AffineParams
    if (p.id !== null) {
      const { x, weights, bias } = affineOperands(p, e.inputs)
      inputs.set(p.id, of(x))
      const moving = [...weights, ...(bias === null ? [] : [bias])]
        .map(of)
        .find(({ from }) => [...from].some((s) => s.kind !== 'parameter'))
      const source: Source = { kind: 'layer', id: p.id }
      return { from: new Set([source]), mixed: moving === undefined ? null : 'a weight that changes in time' }
    }
  }
  const operands = e.inputs
    .map((a) => ({ reach: of(a), shape: a.aval.shape }))
    .filter(({ reach }) => reach.from.size > 0)
  if (operands.length === 0) return nothing
  const from = new Set(operands.flatMap(({ reach }) => [...reach.from]))
  const before = operands.map(({ reach }) => reach.mixed).find((m) => m !== null) ?? null
  const mixes = !keepsUnits(
    e,
    from,
    operands.map(({ shape }) => shape),
  )
  return { from, mixed: before ?? (mixes ? `'${primitive.name}'` : null) }
}

/**
 * Whether element i of the result depends on element i of the operands alone; a parameter may be repeated over samples.
 */
function keepsUnits(
  { primitive, params, outputs }: Equation,
  from: ReadonlySet<Source>,
  shapes: readonly (readonly number[])[],
): boolean {
  const shape = outputs[0]!.aval.shape
  if (primitive === (broadcastPrimitive as Primitive) && [...from].every((s) => s.kind === 'parameter')) {
    const { axes } = params as BroadcastParams
    return axes.every((axis, i) => axis === shape.length - axes.length + i && shapes[0]![i] === shape[axis])
  }
  const { kind } = primitive.lower
  const elementwise = kind === 'pointwise' || primitive === (customJvpPrimitive as Primitive)
  // A view of the same shape may still move elements, so that only a reshape to the same shape keeps them.
  return (elementwise || kind === 'reshape') && shapes.every((s) => sameShape(s, shape))
}

/** States and layers that the result depends on: within the step, and through other such states from step to step. */
function reachedFrom(
  results: readonly Reach[],
  states: readonly Reach[],
  inputs: ReadonlyMap<string, Reach>,
  blocked: ReadonlySet<string>,
): { readonly states: ReadonlySet<number>; readonly layers: ReadonlySet<string> } {
  const entries = { states: new Set<number>(), layers: new Set<string>() }
  const seen = new Set<Source>()
  const visit = (reach: Reach): void => {
    for (const s of reach.from) {
      if (seen.has(s)) continue
      seen.add(s)
      if (s.kind === 'layer') {
        entries.layers.add(s.id)
        if (!blocked.has(s.id)) visit(inputs.get(s.id)!)
      } else if (s.kind === 'state') {
        entries.states.add(s.index)
        visit(states[s.index]!)
      }
    }
  }
  results.forEach(visit)
  return entries
}

const quoted = (names: readonly (string | undefined)[], none: string): string =>
  names.length === 0 ? none : [...new Set(names)].map((n) => `'${n}'`).join(', ')

function refuseMixed({ from, mixed }: Reach, state: string, { parameters, states }: StepLayout): void {
  if (mixed === null) return
  const names = [...from].map((s) =>
    s.kind === 'layer' ? s.id : s.kind === 'state' ? states[s.index] : parameters[s.index],
  )
  throw new SpikewardError(
    'NOT_ONLINE',
    `online: the state '${state}' depends on ${quoted(names, 'nothing')} through ${mixed}, which mixes units; traces need operations element by element between a layer, or the state before, and a state: mix units by a layer, or stop the gradient there`,
  )
}
