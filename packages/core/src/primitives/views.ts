import { type Shape, aval, printAval, sameShape } from '../tensor/aval.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { SpikewardError } from '../errors.js'
import type { Primitive } from '../program/program.js'
import { type Tangent, isZero } from '../program/tangent.js'
import type { Tensor } from '../tensor/tensor.js'
import { literal } from './pointwise/pointwise.js'
import { broadcast, withBatchAxis } from './broadcast.js'

/** Parameters: result axis a is operand axis perm[a]. */
export interface TransposeParams {
  readonly perm: readonly number[]
}

/** Permutes axes. Linear; its transpose is the inverse permutation. */
export const transposePrimitive: Primitive<TransposeParams> = {
  name: 'transpose',
  shape: ([x], { perm }) => [
    aval(
      perm.map((a) => x!.shape[a]!),
      x!.dtype,
      x!.binary,
    ),
  ],
  jvp: ([x], [dx], p) => linearJvp(transposePrimitive, x!, dx!, p),
  series: 'linear',
  transpose: ([ct], [x], { perm }) => [
    'known' in x! ? null : isZero(ct!) ? { zero: x!.linear } : permute(ct!, inverse(perm)),
  ],
  batch: (_size, [x], _dims, { perm }) => [[permute(x!, [0, ...perm.map((a) => a + 1)])], [0]],
  lower: {
    kind: 'view',
    view: (_x, { perm }) => ({ axes: inverse(perm).map((from) => ({ from, start: 0, step: 1 })) }),
  },
}

const inverse = (perm: readonly number[]): number[] => perm.map((_, a) => perm.indexOf(a))

/** {@link transposePrimitive} as a function. */
export const permute = (x: Tensor, perm: readonly number[]): Tensor =>
  perm.every((a, i) => a === i) ? x : bind(transposePrimitive, [x], { perm })[0]!

/** Moves axis `from` to position `to`. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const perm = x.shape.map((_, a) => a).filter((a) => a !== from)
  perm.splice(to, 0, from)
  return permute(x, perm)
}

/** Parameters: y[i] = x[starts + steps · i] for i below `lengths`; steps may be negative (flip). */
export interface SliceParams {
  readonly starts: readonly number[]
  readonly steps: readonly number[]
  readonly lengths: Shape
}

/** A strided slice; steps may be negative. Linear; its transpose is an {@link embedPrimitive}. */
export const slicePrimitive: Primitive<SliceParams> = {
  name: 'slice',
  shape([x], { starts, steps, lengths }) {
    const inside = x!.shape.every((d, a) => {
      const last = starts[a]! + steps[a]! * (lengths[a]! - 1)
      return lengths[a] === 0 || (starts[a]! >= 0 && starts[a]! < d && last >= 0 && last < d)
    })
    if (!inside) {
      throw new SpikewardError(
        'OUT_OF_RANGE',
        `slice: starts [${starts.join(', ')}], steps [${steps.join(', ')}], lengths [${lengths.join(', ')}] go beyond ${printAval(x!)}; take a range inside`,
      )
    }
    return [aval(lengths, x!.dtype, x!.binary)]
  },
  jvp: ([x], [dx], p) => linearJvp(slicePrimitive, x!, dx!, p),
  series: 'linear',
  transpose([ct], [x], { starts, steps }) {
    if ('known' in x!) return [null]
    return [isZero(ct!) ? { zero: x!.linear } : embed(ct!, { shape: x!.linear.shape, starts, steps, fill: 0 })]
  },
  batch(size, [x], _dims, { starts, steps, lengths }) {
    return [
      bind(slicePrimitive, [x!], { starts: [0, ...starts], steps: [1, ...steps], lengths: [size, ...lengths] }),
      [0],
    ]
  },
  lower: {
    kind: 'view',
    view: (_x, { starts, steps }) => ({ axes: starts.map((start, a) => ({ from: a, start, step: steps[a]! })) }),
  },
}

/** {@link slicePrimitive} as a function. */
export function sliceOf(x: Tensor, p: SliceParams): Tensor {
  const whole = sameShape(x.shape, p.lengths) && p.steps.every((s) => s === 1)
  return whole ? x : bind(slicePrimitive, [x], p)[0]!
}

/**
 * Parameters: the result's shape, the operand's start and step along each axis, and the value of all other elements.
 */
export interface EmbedParams {
  readonly shape: Shape
  readonly starts: readonly number[]
  readonly steps: readonly number[]
  readonly fill: number
}

/**
 * y[starts + steps · i] = x[i], and `fill` elsewhere: padding. Linear for fill 0; its transpose is a
 * {@link slicePrimitive}.
 */
export const embedPrimitive: Primitive<EmbedParams> = {
  name: 'embed',
  shape: ([x], { shape, fill }) => [aval(shape, x!.dtype, x!.binary && (fill === 0 || fill === 1))],
  jvp: ([x], [dx], p) => [
    bind(embedPrimitive, [x!], p),
    isZero(dx!) ? [{ zero: aval(p.shape, x!.dtype) }] : bind(embedPrimitive, [dx!], { ...p, fill: 0 }),
  ],
  series([x], p) {
    const [value, ...rest] = x!
    const y = embed(value, p)
    return [y, ...rest.map((c) => (isZero(c) ? { zero: y.aval } : embed(c, { ...p, fill: 0 })))]
  },
  transpose([ct], [x], { starts, steps }) {
    if ('known' in x!) return [null]
    return [isZero(ct!) ? { zero: x!.linear } : sliceOf(ct!, { starts, steps, lengths: x!.linear.shape })]
  },
  batch(size, [x], _dims, { shape, starts, steps, fill }) {
    return [[embed(x!, { shape: [size, ...shape], starts: [0, ...starts], steps: [1, ...steps], fill })], [0]]
  },
  lower: {
    kind: 'assemble',
    regions: (_ins, { starts, steps, fill }) => ({ fill, regions: [{ operand: 0, start: starts, step: steps }] }),
  },
}

/** {@link embedPrimitive} as a function. */
export const embed = (x: Tensor, p: EmbedParams): Tensor => bind(embedPrimitive, [x], p)[0]!

/** Parameters: the axis along which operands are joined. */
export interface ConcatenateParams {
  readonly axis: number
}

/** Joins operands along an axis. Linear; its transpose is slices. */
export const concatenatePrimitive: Primitive<ConcatenateParams> = {
  name: 'concatenate',
  shape(ins, { axis }) {
    const first = ins[0]!
    for (const a of ins) {
      const fits =
        a.dtype === first.dtype &&
        a.shape.length === first.shape.length &&
        a.shape.every((d, i) => i === axis || d === first.shape[i])
      if (!fits)
        throw new SpikewardError(
          'SHAPE_MISMATCH',
          `concatenate along axis ${axis}: ${ins.map(printAval).join(' and ')} differ along another axis; only the axis of concatenation may differ`,
        )
    }
    const length = ins.reduce((n, a) => n + a.shape[axis]!, 0)
    return [
      aval(
        first.shape.map((d, i) => (i === axis ? length : d)),
        first.dtype,
        ins.every((a) => a.binary),
      ),
    ]
  },
  jvp(x, dx, p) {
    const y = bind(concatenatePrimitive, x, p)
    const filled = dx.map((t) => (isZero(t) ? broadcast(literalZero(x[0]!), t.zero.shape, []) : t))
    return [y, bind(concatenatePrimitive, filled, p)]
  },
  series: 'linear',
  transpose([ct], ins, { axis }) {
    let start = 0
    return ins.map((x): Tangent | null => {
      const a = 'known' in x ? x.known.aval : x.linear
      const from = start
      start += a.shape[axis]!
      if ('known' in x) return null
      if (isZero(ct!)) return { zero: a }
      return sliceOf(ct!, {
        starts: a.shape.map((_, i) => (i === axis ? from : 0)),
        steps: a.shape.map(() => 1),
        lengths: a.shape,
      })
    })
  },
  batch(size, x, dims, { axis }) {
    const all = x.map((t, i) => withBatchAxis(t, dims[i]!, size))
    return [bind(concatenatePrimitive, all, { axis: axis + 1 }), [0]]
  },
  lower: {
    kind: 'assemble',
    regions(ins, { axis }) {
      let start = 0
      const regions = ins.map((a, operand) => {
        const from = start
        start += a.shape[axis]!
        return { operand, start: a.shape.map((_, i) => (i === axis ? from : 0)), step: a.shape.map(() => 1) }
      })
      return { fill: null, regions }
    },
  },
}

const literalZero = (like: Tensor): Tensor => literal(like, 0)

/** The rule of a linear operation of one operand: its tangent passes through it. */
export function linearJvp<P>(
  primitive: Primitive<P>,
  x: Tensor,
  dx: Tangent,
  p: P,
): [readonly Tensor[], readonly Tangent[]] {
  const y = bind(primitive, [x], p)
  return [y, isZero(dx) ? y.map((t) => ({ zero: t.aval })) : bind(primitive, [dx], p)]
}
