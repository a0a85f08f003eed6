import { type Aval, type Shape, aval, printAval, sameShape } from '../tensor/aval.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { SpikewardError } from '../errors.js'
import { backward } from '../interpreters/backward.js'
import { batchFlat } from '../interpreters/batch.js'
import { seriesFlat } from '../interpreters/jetFlat.js'
import { jvpFlat } from '../interpreters/jvpFlat.js'
import { runProgram } from '../interpreters/runProgram.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import type { Dim, Primitive } from '../program/program.js'
import type { ScanParams } from '../program/params.js'
import { type Series, type Tangent, type TransposeInput, isZero } from '../program/tangent.js'
import type { Tensor } from '../tensor/tensor.js'
import { add } from './pointwise/arithmetic.js'
import { withBatchAxis } from './broadcast.js'
import { instantiate, zeroOf } from './pointwise/pointwise.js'

/** Shape of one time step of a sequence. */
export const sliceShape = (shape: Shape, axis: number): Shape => shape.filter((_, a) => a !== axis)

const stackShape = (shape: Shape, axis: number, length: number): Shape => [
  ...shape.slice(0, axis),
  length,
  ...shape.slice(axis),
]
const sliceAval = (x: Aval, axis: number): Aval => ({ ...x, shape: sliceShape(x.shape, axis) })

/** Splits a list of constants, carries and sequences. */
function parts<T>(p: ScanParams, all: readonly T[]): [T[], T[], T[]] {
  const end = p.constants + p.carries
  return [all.slice(0, p.constants), all.slice(p.constants, end), all.slice(end)]
}

/** state, y_t = step(state, x_t) for t = 0 … T−1: final state and all y (see ScanParams). */
export const scanPrimitive: Primitive<ScanParams> = {
  name: 'scan',

  shape(ins, p) {
    const [, carries, xs] = parts(p, ins)
    xs.forEach((x, i) => {
      if (x.shape[p.xsAxes[i]!] !== p.length) {
        throw new SpikewardError(
          'SHAPE_MISMATCH',
          `scan over ${p.length} steps: sequence ${i} is ${printAval(x)}, whose time axis ${p.xsAxes[i]} has another length; give sequences of equal length`,
        )
      }
    })
    const outputs = p.body.outputs.map((a) => a.aval)
    carries.forEach((c, i) => {
      const next = outputs[i]!
      if (!sameShape(c.shape, next.shape) || c.dtype !== next.dtype) {
        throw new SpikewardError(
          'SCAN_CARRY_MISMATCH',
          `scan: carry ${i} starts as ${printAval(c)} but one step makes it ${printAval(next)}; a carry keeps its shape and type; broadcast or cast the initial state`,
        )
      }
    })
    const finals = carries.map((c, i) => ({ ...c, binary: c.binary && outputs[i]!.binary }))
    const ys = outputs
      .slice(p.carries)
      .map((y, i) => aval(stackShape(y.shape, p.ysAxes[i]!, p.length), y.dtype, y.binary))
    return [...finals, ...ys]
  },

  /** The scan of (state, tangent): the tangents of the state are carries too, and nothing is stored over time. */
  jvp(x, dx, p) {
    const [outs, douts] = scanAlong(
      p,
      x,
      dx.map((t) => [t]),
      (fn, values, tangents) => {
        const [y, dy] = jvpFlat(
          fn,
          values,
          tangents.map(([t]) => t!),
        )
        return [y, dy.map((t) => [t])]
      },
    )
    return [outs, douts.map(([t]) => t!)]
  },

  /** The scan of k + 1 coefficients for each state, where k derivatives by `jvp` would make it one of 2ᵏ. */
  series: {
    each(operands, p) {
      const [outs, coefficients] = scanAlong(
        p,
        operands.map(([value]) => value),
        operands.map(([, ...rest]) => rest),
        (fn, values, tails) => {
          const series = seriesFlat(
            fn,
            values.map((value, i): Series => [value, ...tails[i]!]),
            operands[0]!.length,
          )
          return [series.map(([y]) => y), series.map(([, ...rest]) => rest)]
        },
      )
      return outs.map((y, i): Series => [y, ...coefficients[i]!])
    },
  },

  /**
   * Runs the linear scan backwards in time; its carries are the cotangents of the state and of the linear constants.
   */
  transpose(ct, ins, p) {
    const [consts, init, xs] = parts(p, ins)
    const isKnown = (x: TransposeInput): x is { readonly known: Tensor } => 'known' in x
    const knownConsts = consts.filter(isKnown).map((x) => x.known)
    const knownXs = xs.filter(isKnown).map((x) => x.known)
    const linearConsts = consts.flatMap((x) => (isKnown(x) ? [] : [x.linear]))
    const carryAvals = init.map((x) => (isKnown(x) ? x.known.aval : x.linear))
    const ctYs = ct.slice(p.carries)
    const arriving = ctYs.filter((t): t is Tensor => !isZero(t))
    const ysAxes = p.ysAxes.filter((_, i) => !isZero(ctYs[i]!))
    const knownAxes = p.xsAxes.filter((_, i) => isKnown(xs[i]!))
    // Known values keep their abstract values; a sum of cotangents is not known to be binary.
    const sum = (a: Aval): Aval => ({ ...a, binary: false })
    const avals = [
      ...knownConsts.map((t) => t.aval),
      ...linearConsts.map(sum),
      ...carryAvals.map(sum),
      ...knownXs.map((t, i) => sliceAval(t.aval, knownAxes[i]!)),
      ...arriving.map((t, i) => sum(sliceAval(t.aval, ysAxes[i]!))),
    ]
    const traced = traceFlat((...inputs) => {
      const rest = [...inputs]
      const take = (n: number): Tensor[] => rest.splice(0, n)
      const c = take(knownConsts.length)
      const sums = take(linearConsts.length)
      const states = take(carryAvals.length)
      const x = take(knownXs.length)
      const bodyIns: TransposeInput[] = [
        ...consts.map((v): TransposeInput => (isKnown(v) ? { known: c.shift()! } : v)),
        ...carryAvals.map((linear): TransposeInput => ({ linear })),
        ...xs.map(
          (v, i): TransposeInput =>
            isKnown(v) ? { known: x.shift()! } : { linear: sliceAval(v.linear, p.xsAxes[i]!) },
        ),
      ]
      const outs: Tangent[] = p.body.outputs
        .slice(p.carries)
        .map((a, i) => (isZero(ctYs[i]!) ? { zero: a.aval } : rest.shift()!))
      const [dConsts, dStates, dXs] = parts(p, backward(p.body, bodyIns, [...states, ...outs]))
      const toConsts = dConsts
        .filter((t): t is Tangent => t !== null)
        .map((t, i) => (isZero(t) ? sums[i]! : add(sums[i]!, t)))
      return [
        ...toConsts,
        ...dStates.map((t) => instantiate(t!)),
        ...dXs.filter((t): t is Tangent => t !== null).map(instantiate),
      ]
    }, avals)
    const q: ScanParams = {
      body: traced.program,
      length: p.length,
      constants: traced.captured.length + knownConsts.length,
      carries: linearConsts.length + carryAvals.length,
      xsAxes: [...knownAxes, ...ysAxes],
      ysAxes: p.xsAxes.filter((_, i) => !isKnown(xs[i]!)),
      reverse: !p.reverse,
      recompute: p.recompute,
    }
    const starts = [...linearConsts.map((a) => instantiate({ zero: a })), ...ct.slice(0, p.carries).map(instantiate)]
    const back = [...bind(scanPrimitive, [...traced.captured, ...knownConsts, ...starts, ...knownXs, ...arriving], q)]
    const toConsts = back.splice(0, linearConsts.length)
    const toInit = back.splice(0, carryAvals.length)
    return [
      ...consts.map((x) => (isKnown(x) ? null : toConsts.shift()!)),
      ...init.map((x, i) => (isKnown(x) ? null : toInit[i]!)),
      ...xs.map((x) => (isKnown(x) ? null : back.shift()!)),
    ]
  },

  /** Moves time axes back by one; state that does not depend on the batch stays unbatched and is computed once. */
  batch(size, x, dims, p) {
    const [constDims, initDims, xsDims] = parts(p, dims)
    const { body, captured, carryDims, ysDims } = batchBody(p, size, x, constDims, initDims, xsDims)
    const [consts, init, xs] = parts(p, x)
    const starts = init.map((t, i) => (carryDims[i] === 0 ? withBatchAxis(t, initDims[i]!, size) : t))
    const outs = bind(scanPrimitive, [...captured, ...consts, ...starts, ...xs], {
      ...p,
      body,
      constants: captured.length + consts.length,
      xsAxes: p.xsAxes.map((a, i) => (xsDims[i] === 0 ? a + 1 : a)),
      ysAxes: p.ysAxes.map((a, i) => (ysDims[i] === 0 ? a + 1 : a)),
    })
    return [outs, [...carryDims, ...ysDims]]
  },

  lower: { kind: 'scan' },
}

/** Widens a mask of carries until a step adds no more to it. */
function fixpoint<R extends { next: boolean[] }>(
  start: readonly boolean[],
  step: (mask: readonly boolean[]) => R,
): { mask: readonly boolean[]; last: R } {
  let mask = start
  for (;;) {
    const last = step(mask)
    const wider = mask.map((m, i) => m || last.next[i]!)
    if (wider.every((m, i) => m === mask[i])) return { mask, last }
    mask = wider
  }
}

function bodyAvals(p: ScanParams, x: readonly Tensor[]): [Aval[], Aval[], Aval[]] {
  const [consts, init, xs] = parts(
    p,
    x.map((t) => t.aval),
  )
  return [consts, init.map((a) => ({ ...a, binary: false })), xs.map((a, i) => sliceAval(a, p.xsAxes[i]!))]
}

/** The derivative coefficients of a value: its tangent, or its Taylor coefficients from the first on. */
type Coefficients = readonly Tangent[]

/** Which of the coefficients of a value are not zero. */
type Mask = readonly boolean[]

/** Runs a function on values with coefficients, and returns its results with theirs. */
type Along = (
  fn: (...inputs: Tensor[]) => readonly Tensor[],
  values: readonly Tensor[],
  coefficients: readonly Coefficients[],
) => readonly [readonly Tensor[], readonly Coefficients[]]

/** The scan of values with coefficients: those of the state are carries too, and nothing is stored over time. */
function scanAlong(
  p: ScanParams,
  x: readonly Tensor[],
  dx: readonly Coefficients[],
  along: Along,
): [Tensor[], Tangent[][]] {
  const [dConsts, dInit, dXs] = parts(
    p,
    dx.map((coefficients) => coefficients.map((c) => !isZero(c))),
  )
  const { body, captured, live, ysLive } = bodyAlong(p, x, [dConsts, dInit, dXs], along)
  const [consts, init, xs] = parts(p, x)
  const [cConsts, cInit, cXs] = parts(p, dx)
  const nonZero = (all: readonly Coefficients[]): Tensor[] => all.flat().filter((c): c is Tensor => !isZero(c))
  const starts = cInit.flatMap((all, i) => all.filter((_, k) => live[i]![k]).map(instantiate))
  const ins = [...captured, ...consts, ...nonZero(cConsts), ...init, ...starts, ...xs, ...nonZero(cXs)]
  const repeated = (axes: readonly number[], masks: readonly Mask[]): number[] => [
    ...axes,
    ...axes.flatMap((axis, i) => masks[i]!.filter(Boolean).map(() => axis)),
  ]
  const q: ScanParams = {
    ...p,
    body,
    constants: captured.length + consts.length + nonZero(cConsts).length,
    carries: init.length + starts.length,
    xsAxes: repeated(p.xsAxes, dXs),
    ysAxes: repeated(p.ysAxes, ysLive),
  }
  const outs = [...bind(scanPrimitive, ins, q)]
  const take = (n: number): Tensor[] => outs.splice(0, n)
  const spread = (values: readonly Tensor[], masks: readonly Mask[]): Tangent[][] => {
    const entries = take(masks.flat().filter(Boolean).length)
    return values.map((y, i) => masks[i]!.map((present) => (present ? entries.shift()! : zeroOf(y))))
  }
  const finals = take(init.length)
  const dFinals = spread(finals, live)
  const ys = take(p.ysAxes.length)
  const dYs = spread(ys, ysLive)
  return [
    [...finals, ...ys],
    [...dFinals, ...dYs],
  ]
}

/** One step of values with coefficients, and which coefficients of the state and of the results are not zero. */
function bodyAlong(
  p: ScanParams,
  x: readonly Tensor[],
  [dConsts, dInit, dXs]: readonly [readonly Mask[], readonly Mask[], readonly Mask[]],
  along: Along,
) {
  const [consts, init, xs] = bodyAvals(p, x)
  const order = [...dConsts, ...dInit, ...dXs][0]!.length
  const masksOf = (flat: readonly boolean[]): Mask[] =>
    Array.from({ length: flat.length / order }, (_, i) => flat.slice(i * order, (i + 1) * order))
  const coefficientsOf = (avals: readonly Aval[], masks: readonly Mask[]): Aval[] =>
    avals.flatMap((a, i) => masks[i]!.filter(Boolean).map(() => ({ ...a, binary: false })))
  const { mask, last } = fixpoint(dInit.flat(), (flat) => {
    const live = masksOf(flat)
    let entries: readonly Mask[] = []
    const avals = [
      ...consts,
      ...coefficientsOf(consts, dConsts),
      ...init,
      ...coefficientsOf(init, live),
      ...xs,
      ...coefficientsOf(xs, dXs),
    ]
    const traced = traceFlat((...inputs) => {
      const rest = [...inputs]
      const group = (n: number, masks: readonly Mask[]): [Tensor[], Coefficients[]] => {
        const values = rest.splice(0, n)
        return [values, values.map((t, i) => masks[i]!.map((present) => (present ? rest.shift()! : zeroOf(t))))]
      }
      const groups = [group(consts.length, dConsts), group(init.length, live), group(xs.length, dXs)]
      const values = groups.flatMap(([a]) => a)
      const coefficients = groups.flatMap(([, b]) => b)
      const [outs, douts] = along((...all) => runProgram(p.body, all), values, coefficients)
      entries = douts.map((all) => all.map((c) => !isZero(c)))
      const n = p.carries
      return [
        ...outs.slice(0, n),
        ...douts.slice(0, n).flatMap((all, i) => all.filter((_, k) => live[i]![k]).map(instantiate)),
        ...outs.slice(n),
        ...douts.slice(n).flatMap((all) => all.filter((c): c is Tensor => !isZero(c))),
      ]
    }, avals)
    return { next: entries.slice(0, p.carries).flat(), ys: entries.slice(p.carries), traced }
  })
  return { body: last.traced.program, captured: last.traced.captured, live: masksOf(mask), ysLive: last.ys }
}

function batchBody(
  p: ScanParams,
  size: number,
  x: readonly Tensor[],
  constDims: readonly Dim[],
  initDims: readonly Dim[],
  xsDims: readonly Dim[],
) {
  const [consts, init, xs] = parts(
    p,
    x.map((t) => t.aval),
  )
  const inner = (a: Aval): Aval => ({ ...a, binary: false })
  const { mask, last } = fixpoint(
    initDims.map((d) => d === 0),
    (batched) => {
      let entries: readonly Dim[] = []
      const dims: Dim[] = [...constDims, ...batched.map((b): Dim => (b ? 0 : null)), ...xsDims]
      const avals = [
        ...consts,
        ...init.map((a, i) => inner(batched[i] && initDims[i] === null ? { ...a, shape: [size, ...a.shape] } : a)),
        ...xs.map((a, i) => sliceAval(a, xsDims[i] === 0 ? p.xsAxes[i]! + 1 : p.xsAxes[i]!)),
      ]
      const traced = traceFlat((...inputs) => {
        const [outs, outDims] = batchFlat((...all) => runProgram(p.body, all), size, inputs, dims)
        entries = outDims
        return outs.map((t, i) => (i < p.carries && batched[i] ? withBatchAxis(t, outDims[i]!, size) : t))
      }, avals)
      return { next: entries.slice(0, p.carries).map((d) => d === 0), ys: entries.slice(p.carries), traced }
    },
  )
  return {
    body: last.traced.program,
    captured: last.traced.captured,
    carryDims: mask.map((b): Dim => (b ? 0 : null)),
    ysDims: last.ys,
  }
}
