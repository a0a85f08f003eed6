import { sameShape } from '../../tensor/aval.js'
import type { BroadcastParams, ScanParams } from '../params.js'
import { printParams } from '../printProgram.js'
import { type Atom, type Equation, type Program, type Var, isLiteral } from '../program.js'

/**
 * Simplifies a Program without changing a bit of its results: computes equal equations once, removes identities (x·1,
 * x−0, casts and reshapes that change nothing), and drops equations, scan carries and sequences that no output needs.
 */
export const simplify = (program: Program): Program => dropDead(shareEqual(program))

/** An equation that others may equal. */
interface Seen {
  readonly params: unknown
  readonly outputs: readonly Var[]
  /** Its parameters as text, once another equation reads the same operands: they may hold whole Programs. */
  text: string | null
}

const textOf = (e: Seen): string => (e.text ??= printParams(e.params))

/**
 * Replaces variables by equal earlier ones.
 *
 * @param derivatives whether the Program is still differentiated: identities and loops then stay as they are
 */
export function shareEqual(program: Program, derivatives = false): Program {
  const replaced = new Map<Var, Atom>()
  const ids = new Map<Var, number>()
  const seen = new Map<string, Seen[]>()
  const identify = (v: Var): number => {
    let id = ids.get(v)
    if (id === undefined) ids.set(v, (id = ids.size))
    return id
  }
  const resolve = (a: Atom): Atom => (isLiteral(a) ? a : (replaced.get(a) ?? a))
  const keyOf = (a: Atom): string =>
    isLiteral(a) ? `${a.aval.dtype}:${Object.is(a.literal, -0) ? '-0' : a.literal}` : `#${identify(a)}`
  const equations: Equation[] = []
  for (const e of program.equations) {
    const inputs = e.inputs.map(resolve)
    const same = derivatives ? null : identity(e, inputs)
    if (same !== null) {
      replaced.set(e.outputs[0]!, same)
      continue
    }
    const { primitive, outputs } = e
    const params = derivatives ? e.params : withBody(e)
    if (holdsRules(e)) {
      equations.push({ primitive, inputs, params, outputs })
      continue
    }
    const key = `${primitive.name}(${inputs.map(keyOf).join(',')})`
    const mine: Seen = { params, outputs, text: null }
    const alike = seen.get(key) ?? []
    const earlier = alike.find((other) => textOf(other) === textOf(mine))
    if (earlier === undefined) {
      if (alike.push(mine) === 1) seen.set(key, alike)
      equations.push({ primitive, inputs, params, outputs })
      if (primitive.lower.kind === 'scan')
        for (const [v, same] of equalSequences(params as ScanParams, outputs)) replaced.set(v, same)
    } else {
      outputs.forEach((v, i) => replaced.set(v, earlier.outputs[i]!))
    }
  }
  return { inputs: program.inputs, equations, outputs: program.outputs.map(resolve) }
}

/**
 * True if equal text may hide different derivatives: rules do not print, and the Program may still be differentiated.
 */
const holdsRules = ({ primitive, params }: Equation): boolean =>
  primitive.lower.kind === 'inline' ||
  (primitive.lower.kind === 'scan' && (params as ScanParams).body.equations.some(holdsRules))

/** Output sequences of a scan that hold the values of an earlier one, with that one. */
function equalSequences({ body, carries, ysAxes }: ScanParams, outputs: readonly Var[]): (readonly [Var, Var])[] {
  const of = (i: number): Atom => body.outputs[carries + i]!
  return ysAxes.flatMap((axis, i) => {
    const first = ysAxes.findIndex((other, j) => other === axis && of(j) === of(i) && !isLiteral(of(i)))
    return first < 0 || first === i ? [] : [[outputs[carries + i]!, outputs[carries + first]!] as const]
  })
}

function withBody(e: Equation): unknown {
  if (e.primitive.lower.kind !== 'scan') return e.params
  const p = e.params as ScanParams
  return { ...p, body: simplify(p.body) } satisfies ScanParams
}

const isNumber = (a: Atom | undefined, value: number): boolean =>
  a !== undefined && isLiteral(a) && Object.is(a.literal, value)

/**
 * The operand that an equation returns unchanged, or null. Only exact identities count: x+0 and 0−x change the sign of
 * zero.
 */
function identity(e: Equation, inputs: readonly Atom[]): Atom | null {
  const out = e.outputs[0]!
  const [x, y] = inputs
  const sameAs = (a: Atom): Atom | null =>
    sameShape(a.aval.shape, out.aval.shape) && a.aval.dtype === out.aval.dtype ? a : null
  switch (e.primitive.name) {
    case 'mul':
      return isNumber(y, 1) ? sameAs(x!) : isNumber(x, 1) ? sameAs(y!) : null
    case 'div':
      return isNumber(y, 1) ? sameAs(x!) : null
    case 'sub':
      return isNumber(y, 0) ? sameAs(x!) : null
    case 'cast':
    case 'reshape':
    case 'stopGradient':
      return sameAs(x!)
    case 'broadcast':
      return (e.params as BroadcastParams).axes.every((a, i) => a === i) ? sameAs(x!) : null
    default:
      return null
  }
}

/** Drops equations that no output needs. */
function dropDead(program: Program): Program {
  const live = new Set<Var>()
  const need = (a: Atom): void => {
    if (!isLiteral(a)) live.add(a)
  }
  program.outputs.forEach(need)
  const equations: Equation[] = []
  for (const e of [...program.equations].reverse()) {
    if (!e.outputs.some((v) => live.has(v))) continue
    const trimmed = e.primitive.lower.kind === 'scan' ? trimScan(e, live) : e
    trimmed.inputs.forEach(need)
    equations.push(trimmed)
  }
  return { inputs: program.inputs, equations: equations.reverse(), outputs: program.outputs }
}

/**
 * Drops a scan's output sequences that no equation reads, carries that reach no result, and operands that its body does
 * not read.
 */
function trimScan(e: Equation, live: ReadonlySet<Var>): Equation {
  const p = e.params as ScanParams
  const end = p.constants + p.carries
  const used = p.ysAxes.map((_, i) => live.has(e.outputs[p.carries + i]!))
  let carried = e.outputs.slice(0, p.carries).map((v) => live.has(v))
  let body: Program
  for (;;) {
    body = dropDead({
      ...p.body,
      outputs: p.body.outputs.filter((_, i) => (i < p.carries ? carried[i] : used[i - p.carries])),
    })
    const read = readers(body)
    const wider = carried.map((c, i) => c || read.has(p.body.inputs[p.constants + i]!))
    if (wider.every((c, i) => c === carried[i])) break
    carried = wider
  }
  const read = readers(body)
  const keepInput = p.body.inputs.map((v, i) => (i >= p.constants && i < end ? carried[i - p.constants]! : read.has(v)))
  const count = (from: number, to: number): number => keepInput.slice(from, to).filter(Boolean).length
  return {
    primitive: e.primitive,
    inputs: e.inputs.filter((_, i) => keepInput[i]),
    outputs: e.outputs.filter((_, i) => (i < p.carries ? carried[i] : used[i - p.carries])),
    params: {
      ...p,
      body: { ...body, inputs: p.body.inputs.filter((_, i) => keepInput[i]) },
      constants: count(0, p.constants),
      carries: count(p.constants, end),
      xsAxes: p.xsAxes.filter((_, i) => keepInput[end + i]),
      ysAxes: p.ysAxes.filter((_, i) => used[i]),
    } satisfies ScanParams,
  }
}

/** The variables that a Program's equations and outputs read. */
export function readers(program: Program): Set<Var> {
  const read = new Set<Var>()
  for (const a of [...program.equations.flatMap((e) => e.inputs), ...program.outputs]) if (!isLiteral(a)) read.add(a)
  return read
}
