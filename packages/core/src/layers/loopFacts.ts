import { broadcastPrimitive } from '../primitives/broadcast.js'
import { type CustomJvpParams, customJvpPrimitive } from '../primitives/customJvpPrimitive.js'
import { overTimePrimitive } from '../primitives/overTimePrimitive.js'
import { scanPrimitive } from '../primitives/scanPrimitive.js'
import type { BroadcastParams, ScanParams } from '../program/params.js'
import { type Atom, type Equation, type Primitive, type Program, type Var, isLiteral } from '../program/program.js'
import { sameShape } from '../tensor/aval.js'
import { isFloat } from '../tensor/dtype.js'

/**
 * The parts of a loop over time. A variable of its body is dynamic if it is computed element by element from the state;
 * everything else is between the units. A current is a value between the units that an operation on the state reads.
 */
export type LoopFacts = {
  readonly dynamic: ReadonlySet<Var>
  /** Dynamic variables that an operation between the units reads, where traces end. */
  readonly ended: ReadonlySet<Var>
  /** Dynamic variables that the loop returns step by step. */
  readonly sequences: ReadonlySet<Var>
  /** Lengths of the variables that are sequences themselves, of a loop inside. */
  readonly inner: ReadonlyMap<Var, number>
  readonly producer: ReadonlyMap<Var, Equation>
  /** Currents that a variable depends on element by element; empty for variables between the units. */
  reach(v: Var): readonly Var[]
  /** Currents that reach the results of an operation. */
  entering(e: Equation): readonly Var[]
}

/**
 * Analyses the body of a loop.
 *
 * @param active which operands may have a derivative
 */
export function loopFacts(p: ScanParams, active: readonly boolean[]): LoopFacts {
  const { body } = p
  const carries = body.inputs.slice(p.constants, p.constants + p.carries)
  const producer = new Map(body.equations.flatMap((e) => e.outputs.map((v) => [v, e] as const)))
  const inner = innerLengths(body)
  const dynamic = new Set<Var>(carries)
  const ended = new Set<Var>()
  const end = p.constants + p.carries
  // Values with a derivative, and values that differ from step to step.
  const derived = new Set<Var>(body.inputs.filter((v, i) => active[i] === true && !dynamic.has(v)))
  const varying = new Set<Var>([...carries, ...body.inputs.slice(end)])
  for (const e of body.equations) {
    const ins = e.inputs.filter((a): a is Var => !isLiteral(a))
    const read = ins.filter((a) => dynamic.has(a))
    // An operation that is not linear does not commute with the mean over time, so that traces pass it as well.
    const joins =
      read.length > 0 || (ins.some((a) => varying.has(a) && derived.has(a)) && !isLinear(e, derived, varying))
    if (joins && isElementwise(e, inner, dynamic)) e.outputs.forEach((v) => dynamic.add(v))
    else read.filter((v) => isFloat(v.aval.dtype)).forEach((v) => ended.add(v))
    if (ins.some((a) => varying.has(a))) e.outputs.forEach((v) => varying.add(v))
    const depends = ins.some((a) => derived.has(a) || dynamic.has(a))
    if (depends) e.outputs.filter((v) => !dynamic.has(v)).forEach((v) => derived.add(v))
  }
  const sequences = new Set(
    body.outputs.slice(p.carries).filter((a): a is Var => !isLiteral(a) && dynamic.has(a) && isFloat(a.aval.dtype)),
  )
  const isCurrent = (a: Atom): a is Var => !isLiteral(a) && derived.has(a) && isFloat(a.aval.dtype)
  const reached = new Map<Var, ReadonlySet<Var>>()
  const of = (a: Atom): ReadonlySet<Var> => (isLiteral(a) ? new Set<Var>() : (reached.get(a) ?? new Set<Var>()))
  // The state starts from a value that may have a derivative too: it is its own current.
  carries.forEach((v, i) =>
    reached.set(v, new Set(active[p.constants + i] === true && isFloat(v.aval.dtype) ? [v] : [])),
  )
  for (let grown = true; grown; ) {
    grown = false
    for (const e of body.equations) {
      if (!e.outputs.some((v) => dynamic.has(v))) continue
      const all = new Set(e.inputs.flatMap((a) => (isCurrent(a) ? [a] : [...of(a)])))
      e.outputs.filter((v) => isFloat(v.aval.dtype)).forEach((v) => reached.set(v, all))
    }
    carries.forEach((v, i) => {
      const next = body.outputs[i]!
      const all = new Set([...of(v), ...(isCurrent(next) ? [next] : of(next))])
      if (all.size === of(v).size) return
      reached.set(v, all)
      grown = true
    })
  }
  return {
    dynamic,
    ended,
    sequences,
    inner,
    producer,
    reach: (v) => [...of(v)],
    entering: (e) => [...new Set(e.outputs.flatMap((v) => [...of(v)]))],
  }
}

/** Sequences inside a body: results of loops inside, and what is computed from them for all steps at once. */
function innerLengths(body: Program): Map<Var, number> {
  const lengths = new Map<Var, number>()
  for (const { primitive, params, inputs, outputs } of body.equations) {
    if (primitive === (scanPrimitive as Primitive)) {
      const { carries, length, ysAxes } = params as ScanParams
      outputs.slice(carries).forEach((v, i) => ysAxes[i] === 0 && lengths.set(v, length))
    }
    if (primitive === (overTimePrimitive as Primitive))
      outputs.forEach((v) => lengths.set(v, (params as { length: number }).length))
    const whole = inputs.filter((a) => a.aval.shape.length > 0)
    const first = whole[0]
    if (primitive.lower.kind !== 'pointwise' || first === undefined || isLiteral(first)) continue
    const length = lengths.get(first)
    if (length !== undefined && whole.every((a) => !isLiteral(a) && lengths.has(a)))
      outputs.forEach((v) => lengths.set(v, length))
  }
  return lengths
}

/** Whether an operation is linear in its varying operands, so that its mean over time is the operation on means. */
function isLinear(e: Equation, derived: ReadonlySet<Var>, varying: ReadonlySet<Var>): boolean {
  const { series, name } = e.primitive
  if (series === 'linear' || series === 'constant') return true
  const moves = e.inputs.map((a) => !isLiteral(a) && (derived.has(a) || varying.has(a)))
  if (name === 'mul') return moves.filter(Boolean).length < 2
  return name === 'div' && moves[1] === false
}

/**
 * Whether each number of the results depends on the numbers at the same place of the state alone; time within is one
 * place.
 */
function isElementwise(e: Equation, inner: ReadonlyMap<Var, number>, dynamic: ReadonlySet<Var>): boolean {
  const shapeOf = (a: Atom): readonly number[] => (!isLiteral(a) && inner.has(a) ? a.aval.shape.slice(1) : a.aval.shape)
  const state = [...e.inputs.filter((a) => !isLiteral(a) && dynamic.has(a)), ...e.outputs].map(shapeOf)
  if (!state.every((s) => sameShape(s, state[0]!))) return false
  const { primitive, params } = e
  if (primitive.lower.kind === 'pointwise') return true
  if (primitive === (customJvpPrimitive as Primitive)) return isPointwise((params as CustomJvpParams).program)
  return primitive === (scanPrimitive as Primitive) && isPointwise((params as ScanParams).body)
}

/** Whether a Program works element by element, with coefficients that are repeated along the leading axes. */
const isPointwise = (program: Program): boolean =>
  program.equations.every(({ primitive, params }) => {
    if (primitive.lower.kind === 'pointwise') return true
    if (primitive === (customJvpPrimitive as Primitive)) return isPointwise((params as CustomJvpParams).program)
    if (primitive !== (broadcastPrimitive as Primitive)) return false
    const { shape, axes } = params as BroadcastParams
    return axes.every((axis, i) => axis === shape.length - axes.length + i)
  })
