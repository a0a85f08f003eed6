import { bind, withInterpreter } from './currentInterpreter.js'
import type { Interpreter, Primitive, Program } from '../program/program.js'
import type { ScanParams } from '../program/params.js'
import { reshape } from '../primitives/reshape.js'
import { scanPrimitive, sliceShape } from '../primitives/scanPrimitive.js'
import { concatenatePrimitive, sliceOf } from '../primitives/views.js'
import type { Tensor } from '../tensor/tensor.js'
import { traceFlat } from './traceFlat.js'

/** Cuts scans over time into segments that reverse mode recomputes; passes other operations on. */
export class Checkpoint implements Interpreter {
  /** @param every time steps of a segment; null for the square root of the number of steps */
  constructor(
    readonly parent: Interpreter,
    readonly every: number | null,
  ) {}

  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    return withInterpreter(this.parent, () =>
      primitive === scanPrimitive
        ? inSegments(inputs, params as ScanParams, this.every)
        : bind(primitive, inputs, params),
    )
  }
}

/**
 * Time steps of one iteration of a body: a network that advances by chunks scans over the steps of a chunk inside a
 * scan over chunks.
 */
const stepsIn = (body: Program): number =>
  body.equations.reduce((most, { primitive, params }) => {
    if (primitive !== scanPrimitive) return most
    const p = params as ScanParams
    return Math.max(most, p.length * stepsIn(p.body))
  }, 1)

/** The scan in segments of about `every` time steps; unchanged if one segment would hold all steps. */
function inSegments(ins: readonly Tensor[], p: ScanParams, every: number | null): readonly Tensor[] {
  const inner = stepsIn(p.body)
  const n = Math.max(1, Math.round((every ?? Math.sqrt(p.length * inner)) / inner))
  if (n >= p.length) return bind(scanPrimitive, ins, p)
  const whole = p.length - (p.length % n)
  if (whole === p.length) return overSegments(ins, p, n)

  // The rest, shorter than a segment, is a plain scan: it stores less than a segment does.
  const end = p.constants + p.carries
  const part = (inputs: readonly Tensor[], from: number, to: number): Tensor[] =>
    inputs.map((x, i) => (i < end ? x : between(x, p.xsAxes[i - end]!, from, to)))
  const head = (inputs: readonly Tensor[]): readonly Tensor[] =>
    overSegments(part(inputs, 0, whole), { ...p, length: whole }, n)
  const tail = (inputs: readonly Tensor[]): readonly Tensor[] =>
    bind(scanPrimitive, part(inputs, whole, p.length), { ...p, length: p.length - whole })
  const [early, late] = p.reverse ? [tail, head] : [head, tail]
  const first = early(ins)
  const second = late([...ins.slice(0, p.constants), ...first.slice(0, p.carries), ...ins.slice(end)])
  const [before, after] = p.reverse ? [second, first] : [first, second]
  const ys = p.ysAxes.map((axis, i) => {
    const k = p.carries + i
    return bind(concatenatePrimitive, [before[k]!, after[k]!], { axis })[0]!
  })
  return [...second.slice(0, p.carries), ...ys]
}

/** The scan as a scan over segments of n steps, which reverse mode recomputes; n divides its length. */
function overSegments(ins: readonly Tensor[], p: ScanParams, n: number): readonly Tensor[] {
  if (n === 1) return bind(scanPrimitive, ins, { ...p, recompute: true })
  const end = p.constants + p.carries
  const segments = p.length / n
  const grouped = ins.map((x, i) => {
    if (i < end) return x
    const axis = p.xsAxes[i - end]!
    return reshape(x, [...x.shape.slice(0, axis), segments, n, ...x.shape.slice(axis + 1)])
  })
  const { program } = traceFlat(
    (...inner) => bind(scanPrimitive, inner, { ...p, length: n }),
    grouped.map(({ aval }, i) => {
      if (i < p.constants) return aval
      if (i < end) return { ...aval, binary: false }
      return { ...aval, shape: sliceShape(aval.shape, p.xsAxes[i - end]!) }
    }),
  )
  const outs = bind(scanPrimitive, grouped, { ...p, body: program, length: segments, recompute: true })
  return outs.map((y, i) => {
    if (i < p.carries) return y
    const axis = p.ysAxes[i - p.carries]!
    return reshape(y, [...y.shape.slice(0, axis), p.length, ...y.shape.slice(axis + 2)])
  })
}

/** Steps `from` to `to` of a sequence. */
const between = (x: Tensor, axis: number, from: number, to: number): Tensor =>
  sliceOf(x, {
    starts: x.shape.map((_, a) => (a === axis ? from : 0)),
    steps: x.shape.map(() => 1),
    lengths: x.shape.map((d, a) => (a === axis ? to - from : d)),
  })
