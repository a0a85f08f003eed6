import { bind } from '../interpreters/currentInterpreter.js'
import { onesLike, zeros } from '../numpy/create.js'
import { add, div, mul } from '../numpy/elementwise.js'
import { mean, sum } from '../numpy/reduce.js'
import { zeroOf } from '../primitives/pointwise/pointwise.js'
import { stopGradient } from '../primitives/pointwise/cast.js'
import type { ScanParams } from '../program/params.js'
import { type Atom, type Equation, type Program, type Var, isLiteral } from '../program/program.js'
import { type Tangent, isZero } from '../program/tangent.js'
import { isFloat } from '../tensor/dtype.js'
import { LiteralTensor, Tensor } from '../tensor/tensor.js'
import { unnamed } from './layerProgram.js'
import { scanWith } from './loops.js'
import { type LoopFacts, loopFacts } from './loopFacts.js'
import { type Rate, linked, meanOf, stepByStep, timeDependent } from './rates.js'

/** Tangents of a value along the currents that reach it, by their variable. */
type Along = ReadonlyMap<Var, Tensor>

const none: Along = new Map()

/** Runs an operation between the units on rates that are means over a number of steps. */
type Between = (e: Equation, operands: readonly Rate[], active: readonly boolean[], steps: number) => readonly Rate[]

/**
 * The results of a loop, final carries and sequences, by the rule of `traces`.
 *
 * @param active which operands may have a derivative
 */
export function traceLoop(
  p: ScanParams,
  operands: readonly Rate[],
  active: readonly boolean[],
  between: Between,
): readonly Rate[] {
  const { body } = p
  const end = p.constants + p.carries
  const facts = loopFacts(p, active)
  const seen = runLoop(p, facts, operands)
  // Sums over time of what ends a trace, and of their tangents, become means of rates.
  const rates = new Map<Var, Rate>()
  const pending = new Set<Var>()
  const rateOf = (a: Atom): Rate => {
    if (isLiteral(a)) return new LiteralTensor(a.aval, a.literal)
    const known = rates.get(a)
    if (known !== undefined) return known
    const rate = facts.dynamic.has(a) ? ended(a) : outside(a)
    rates.set(a, rate)
    return rate
  }
  const outside = (v: Var): Rate => {
    const i = body.inputs.indexOf(v)
    if (i >= 0) {
      const x = operands[i]!
      return i < p.constants || !(x instanceof Tensor) ? meanOf(x) : mean(x, p.xsAxes[i - end])
    }
    const e = facts.producer.get(v)!
    pending.add(v)
    const all = e.inputs.map(() => true)
    const outs = between(e, e.inputs.map(rateOf), all, p.length)
    pending.delete(v)
    e.outputs.forEach((o, k) => rates.set(o, outs[k]!))
    return rates.get(v)!
  }
  /** A current, or the state before the first step. */
  const currentOf = (b: Var): Tensor => meanOf(facts.dynamic.has(b) ? operands[body.inputs.indexOf(b)]! : rateOf(b))
  /** Σ_b t_b ∘ İ_b, over the currents b that do not depend on this value themselves. */
  const response = (along: Along): Tensor | null => {
    const parts = [...along].flatMap(([b, t]) => (pending.has(b) ? [] : [mul(t, currentOf(b))]))
    return parts.length === 0 ? null : parts.reduce((x, y) => add(x, y))
  }
  const withRate = (value: Tensor, along: Along): Tensor => {
    const derivative = response(along)
    return derivative === null ? value : linked(value, derivative)
  }
  const ended = (v: Var): Rate => {
    const sums = seen.sums.get(v)
    if (sums === undefined) throw timeDependent('an operation in a time loop that reads a counter of steps')
    const { total, along, steps } = sums
    const of = (t: Tensor): Tensor => div(t, steps)
    const rate = withRate(of(total), new Map([...along].map(([b, t]) => [b, of(t)])))
    const length = facts.inner.get(v)
    return length === undefined ? rate : { value: null, mean: rate, length, axis: 0 }
  }
  const finals = seen.finals.map(({ value, along }) => withRate(value, along))
  const ys = seen.sequences.map(({ value, along }, i): Rate => {
    const atom = body.outputs[p.carries + i]!
    const axis = p.ysAxes[i]!
    const own = isLiteral(atom) || !facts.dynamic.has(atom) ? rateOf(atom) : null
    if (!isFloat(value.dtype)) return value
    const average = mean(value, axis)
    const rate =
      own === null
        ? withRate(average, new Map([...along].map(([b, t]) => [b, div(t, p.length)])))
        : linked(average, meanOf(own))
    return { value, mean: rate, length: p.length, axis }
  })
  return [...finals, ...ys]
}

type Ended = { readonly total: Tensor; readonly along: Along; readonly steps: number }
type Result = { readonly value: Tensor; readonly along: Along }

/** Runs a loop with one tangent of ones for each current, without derivatives of its own. */
function runLoop(
  p: ScanParams,
  facts: LoopFacts,
  operands: readonly Rate[],
): {
  readonly finals: readonly Result[]
  readonly sequences: readonly Result[]
  readonly sums: ReadonlyMap<Var, Ended>
} {
  const { body } = p
  const end = p.constants + p.carries
  const values = operands.map((x) => stopGradient(stepByStep(x)))
  const carries = body.inputs.slice(p.constants, end)
  // Extra carries: tangents of the state, and sums of what ends a trace, of sequences, and of their tangents.
  const tangents = carries.flatMap((v) => facts.reach(v).map((b) => ({ v, b })))
  const readers = [...facts.ended, ...facts.sequences]
  const sums = readers.flatMap((v) => [
    ...(facts.ended.has(v) ? [{ v, b: null as Var | null }] : []),
    ...facts.reach(v).map((b) => ({ v, b: b as Var | null })),
  ])
  const shapeOf = (v: Var): readonly number[] => (facts.inner.has(v) ? v.aval.shape.slice(1) : v.aval.shape)
  const zero = (v: Var): Tensor => zeros(shapeOf(v), v.aval.dtype)
  const starts = [
    ...tangents.map(({ v, b }) => (b === v ? onesLike(zero(v)) : zero(v))),
    ...sums.map(({ v }) => zero(v)),
  ]
  // Without names, so that other transforms find each layer once.
  const plain = unnamed(body)
  const { outs, more } = scanWith(p, values, starts, (xs, extra) => {
    const run = runBody(plain, facts, xs, (v, b) => extra[tangents.findIndex((t) => t.v === v && t.b === b)])
    const folded = (v: Var, t: Tensor): Tensor => (facts.inner.has(v) ? sum(t, 0) : t)
    const next = tangents.map(({ v, b }) => run.tangent(body.outputs[carries.indexOf(v)]!, b) ?? zero(v))
    const summed = sums.map(({ v, b }, i) => {
      const sofar = extra[tangents.length + i]!
      const t = b === null ? run.value(v) : run.tangent(v, b)
      return t === null ? sofar : add(sofar, folded(v, t))
    })
    return { outs: body.outputs.map(run.value), more: [...next, ...summed] }
  })
  const finals = outs.slice(0, p.carries)
  const moved = more.slice(0, tangents.length)
  const totals = more.slice(tangents.length)
  const sumAlong = (v: Var): Along =>
    new Map(sums.flatMap((s, i) => (s.v === v && s.b !== null ? [[s.b, totals[i]!] as const] : [])))
  return {
    finals: finals.map((value, i) => ({
      value,
      along: new Map(tangents.flatMap(({ v, b }, k) => (v === carries[i] ? [[b, moved[k]!] as const] : []))),
    })),
    sequences: outs.slice(p.carries).map((value, i) => {
      const a = body.outputs[p.carries + i]!
      return { value, along: isLiteral(a) ? none : sumAlong(a) }
    }),
    sums: new Map(
      [...facts.ended].map((v) => [
        v,
        {
          total: totals[sums.findIndex((s) => s.v === v && s.b === null)]!,
          along: sumAlong(v),
          steps: p.length * (facts.inner.get(v) ?? 1),
        },
      ]),
    ),
  }
}

/** One step: values of all variables, and tangents of the dynamic ones. */
function runBody(
  body: Program,
  facts: LoopFacts,
  inputs: readonly Tensor[],
  carried: (v: Var, b: Var) => Tensor | undefined,
) {
  const values = new Map<Var, Tensor>(body.inputs.map((v, i) => [v, inputs[i]!]))
  const along = new Map<Var, ReadonlyMap<Var, Tangent>>()
  const value = (a: Atom): Tensor => (isLiteral(a) ? new LiteralTensor(a.aval, a.literal) : values.get(a)!)
  body.inputs.forEach((v) => {
    const own = facts.reach(v).flatMap((b) => {
      const t = carried(v, b)
      return t === undefined ? [] : [[b, t] as const]
    })
    if (own.length > 0) along.set(v, new Map(own))
  })
  const tangent = (a: Atom, b: Var): Tangent => {
    if (!isLiteral(a) && a === b && !facts.dynamic.has(a)) return onesLike(value(a))
    return (isLiteral(a) ? undefined : along.get(a)?.get(b)) ?? zeroOf(a.aval)
  }
  for (const e of body.equations) {
    const ins = e.inputs.map(value)
    const diagonal = e.outputs.some((v) => facts.dynamic.has(v))
    if (!diagonal) {
      bind(e.primitive, ins, e.params).forEach((y, i) => values.set(e.outputs[i]!, y))
      continue
    }
    let outs: readonly Tensor[] | null = null
    for (const b of facts.entering(e)) {
      const dx = e.inputs.map((a) => tangent(a, b))
      if (dx.every(isZero)) continue
      const [primal, dy] = e.primitive.jvp(ins, dx, e.params)
      outs ??= primal
      dy.forEach((t, i) => {
        if (isZero(t)) return
        const v = e.outputs[i]!
        along.set(v, new Map([...(along.get(v) ?? []), [b, t]]))
      })
    }
    ;(outs ?? bind(e.primitive, ins, e.params)).forEach((y, i) => values.set(e.outputs[i]!, y))
  }
  return {
    value,
    tangent: (a: Atom, b: Var): Tensor | null => {
      const t = tangent(a, b)
      return isZero(t) ? null : t
    },
  }
}
