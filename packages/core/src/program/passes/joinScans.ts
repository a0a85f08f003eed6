import { printAval, sizeOf } from '../../tensor/aval.js'
import type { ScanParams } from '../params.js'
import { type Atom, type Equation, type Program, type Var, isLiteral } from '../program.js'
import { shareEqual } from './simplify.js'

/**
 * Joins scans that compute the same states, inside their bodies too. Derivatives along directions of one block of
 * parameters after another each have a scan over the network's states; joined, they compute the states once. No value
 * changes.
 *
 * Two states are the same if they start equal and every step keeps them equal. The pass assumes this of all states that
 * start equal, and drops pairs that a step makes different until none is left to drop.
 */
export function joinScans(program: Program): Program {
  let now = shareEqual(program)
  for (let next = joinOne(now); next !== null; next = joinOne(now)) now = shareEqual(next)
  return { ...now, equations: now.equations.map(withJoinedBody) }
}

const isScan = (e: Equation): boolean => e.primitive.lower.kind === 'scan'
const paramsOf = (e: Equation): ScanParams => e.params as ScanParams

function withJoinedBody(e: Equation): Equation {
  if (!isScan(e)) return e
  const p = paramsOf(e)
  return { ...e, params: { ...p, body: joinScans(p.body) } satisfies ScanParams }
}

/** Joins the first two scans that share a state; null if there are none. */
function joinOne(program: Program): Program | null {
  const { equations } = program
  for (const [j, b] of equations.entries()) {
    if (!isScan(b)) continue
    for (let i = 0; i < j; i++) {
      const a = equations[i]!
      if (!isScan(a) || paramsOf(a).length !== paramsOf(b).length || paramsOf(a).reverse !== paramsOf(b).reverse)
        continue
      // Equations that need the first scan move behind the second. If the second needs them, the scans cannot be
      // joined.
      const later = new Set<Var>(a.outputs)
      const between = equations.slice(i + 1, j)
      const waiting: Equation[] = []
      const needs = (e: Equation): boolean => e.inputs.some((x) => !isLiteral(x) && later.has(x))
      for (const e of between) {
        if (!needs(e)) continue
        waiting.push(e)
        for (const v of e.outputs) later.add(v)
      }
      if (needs(b)) continue
      const joined = join(a, b)
      if (joined === null) continue
      const rename = (x: Atom): Atom => (isLiteral(x) ? x : (joined.renamed.get(x) ?? x))
      const renamed = (e: Equation): Equation => ({ ...e, inputs: e.inputs.map(rename) })
      return {
        inputs: program.inputs,
        equations: [
          ...equations.slice(0, i),
          ...between.filter((e) => !waiting.includes(e)),
          joined.equation,
          ...[...waiting, ...equations.slice(j + 1)].map(renamed),
        ],
        outputs: program.outputs.map(rename),
      }
    }
  }
  return null
}

/** A carry of one of the two scans. */
interface State {
  readonly init: Atom
  readonly inner: Var
  readonly next: Atom
  readonly outer: Var
}

/** A sequence or constant that the body reads, or a sequence that it computes. */
interface Operand {
  readonly outer: Atom
  readonly inner: Var
  readonly axis: number | null
}

interface Parts {
  readonly equations: readonly Equation[]
  readonly states: readonly State[]
  readonly constants: readonly Operand[]
  readonly xs: readonly Operand[]
  readonly ys: readonly { readonly inner: Atom; readonly outer: Var; readonly axis: number }[]
}

/** The parts of a scan, with new variables for its body's values: two scans may share a body. */
function partsOf(e: Equation): Parts {
  const { body, constants: nc, carries: nk, xsAxes, ysAxes } = paramsOf(e)
  const fresh = new Map<Var, Var>()
  const rename = (v: Var): Var => {
    const known = fresh.get(v)
    if (known !== undefined) return known
    const copy: Var = { id: v.id, aval: v.aval }
    fresh.set(v, copy)
    return copy
  }
  const atom = (a: Atom): Atom => (isLiteral(a) ? a : rename(a))
  const inner = body.inputs.map(rename)
  const next = body.outputs.map(atom)
  return {
    equations: body.equations.map((q) => ({ ...q, inputs: q.inputs.map(atom), outputs: q.outputs.map(rename) })),
    states: inner
      .slice(nc, nc + nk)
      .map((v, k) => ({ init: e.inputs[nc + k]!, inner: v, next: next[k]!, outer: e.outputs[k]! })),
    constants: inner.slice(0, nc).map((v, k) => ({ outer: e.inputs[k]!, inner: v, axis: null })),
    xs: inner.slice(nc + nk).map((v, k) => ({ outer: e.inputs[nc + nk + k]!, inner: v, axis: xsAxes[k]! })),
    ys: ysAxes.map((axis, k) => ({ inner: next[nk + k]!, outer: e.outputs[nk + k]!, axis })),
  }
}

/** Keys of operands, equal for equal operands. */
function naming(): (a: Atom) => string {
  const ids = new Map<Var, number>()
  return (a) => {
    if (isLiteral(a)) return `${printAval(a.aval)}=${Object.is(a.literal, -0) ? '-0' : a.literal}`
    if (!ids.has(a)) ids.set(a, ids.size)
    return `#${ids.get(a)}`
  }
}

/** For every element, the index of the first element with the same key. */
function classes<T>(list: readonly T[], keyOf: (x: T, i: number) => string): number[] {
  const first = new Map<string, number>()
  return list.map((x, i) => {
    const key = keyOf(x, i)
    if (!first.has(key)) first.set(key, i)
    return first.get(key)!
  })
}

/** Joins two scans and returns which results replace theirs; null if they share no state. */
function join(
  a: Equation,
  b: Equation,
): { readonly equation: Equation; readonly renamed: ReadonlyMap<Var, Var> } | null {
  const [p, q] = [partsOf(a), partsOf(b)]
  const name = naming()
  const states = [...p.states, ...q.states]
  const constants = [...p.constants, ...q.constants]
  const xs = [...p.xs, ...q.xs]
  const ys = [...p.ys, ...q.ys]
  const constantClass = classes(constants, (o) => name(o.outer))
  const xsClass = classes(xs, (o) => `${name(o.outer)} ${o.axis}`)
  let stateClass = classes(states, (s) => `${name(s.init)} ${printAval(s.inner.aval)}`)
  const shares = (): boolean =>
    states.some((s, k) => k >= p.states.length && stateClass[k]! < p.states.length && sizeOf(s.inner.aval.shape) > 1)
  const firsts = (list: readonly number[]): number[] => list.flatMap((c, k) => (c === k ? [k] : []))

  while (shares()) {
    const representative = new Map<Var, Var>()
    constants.forEach((o, k) => representative.set(o.inner, constants[constantClass[k]!]!.inner))
    xs.forEach((o, k) => representative.set(o.inner, xs[xsClass[k]!]!.inner))
    states.forEach((s, k) => representative.set(s.inner, states[stateClass[k]!]!.inner))
    const replace = (x: Atom): Atom => (isLiteral(x) ? x : (representative.get(x) ?? x))
    const body = joinScans({
      inputs: [
        ...firsts(constantClass).map((k) => constants[k]!.inner),
        ...firsts(stateClass).map((k) => states[k]!.inner),
        ...firsts(xsClass).map((k) => xs[k]!.inner),
      ],
      equations: [...p.equations, ...q.equations].map((e) => ({ ...e, inputs: e.inputs.map(replace) })),
      outputs: [...states.map((s) => replace(s.next)), ...ys.map((y) => replace(y.inner))],
    })
    const nextName = naming()
    const refined = classes(states, (_, k) => `${stateClass[k]} ${nextName(body.outputs[k]!)}`)
    if (refined.some((c, k) => c !== stateClass[k])) {
      stateClass = refined
      continue
    }
    const result = (k: number): Atom => body.outputs[states.length + k]!
    const ysClass = classes(ys, (y, k) => `${nextName(result(k))} ${y.axis}`)
    const keptStates = firsts(stateClass)
    const keptYs = firsts(ysClass)
    const renamed = new Map<Var, Var>()
    states.forEach((s, k) => renamed.set(s.outer, states[stateClass[k]!]!.outer))
    ys.forEach((y, k) => renamed.set(y.outer, ys[ysClass[k]!]!.outer))
    const params: ScanParams = {
      ...paramsOf(a),
      body: { ...body, outputs: [...keptStates.map((k) => body.outputs[k]!), ...keptYs.map(result)] },
      constants: firsts(constantClass).length,
      carries: keptStates.length,
      xsAxes: firsts(xsClass).map((k) => xs[k]!.axis!),
      ysAxes: keptYs.map((k) => ys[k]!.axis),
    }
    const equation: Equation = {
      primitive: a.primitive,
      inputs: [
        ...firsts(constantClass).map((k) => constants[k]!.outer),
        ...keptStates.map((k) => states[k]!.init),
        ...firsts(xsClass).map((k) => xs[k]!.outer),
      ],
      params,
      outputs: [...keptStates.map((k) => states[k]!.outer), ...keptYs.map((k) => ys[k]!.outer)],
    }
    return { equation, renamed }
  }
  return null
}
