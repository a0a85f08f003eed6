import { type Aval, aval, printAval } from '../tensor/aval.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { SpikewardError } from '../errors.js'
import type { DotParams } from '../program/params.js'
import type { Primitive } from '../program/program.js'
import { isZero } from '../program/tangent.js'
import type { Tensor } from '../tensor/tensor.js'
import { addTangents, bilinear } from './pointwise/arithmetic.js'
import { broadcast } from './broadcast.js'
import { floatDType, zeroOf } from './pointwise/pointwise.js'
import { permute } from './views.js'

/** Axes of an operand that are neither contracted nor batch. */
const freeAxes = (rank: number, contract: readonly number[], batch: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, a) => a).filter((a) => !contract.includes(a) && !batch.includes(a))

function check(a: Aval, b: Aval, p: DotParams): void {
  const agree = (i: readonly number[], j: readonly number[]): boolean =>
    i.length === j.length && i.every((x, n) => a.shape[x] === b.shape[j[n]!])
  if (!agree(...p.contract) || !agree(...p.batch)) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `dot: ${printAval(a)} and ${printAval(b)} do not fit: contracted axes [${p.contract[0].join(', ')}] with [${p.contract[1].join(', ')}], ` +
        `batch axes [${p.batch[0].join(', ')}] with [${p.batch[1].join(', ')}] must have equal lengths`,
    )
  }
}

/** C = Σ A B over the contracted axes (see DotParams). Linear in each operand: Ċ = Ȧ B + A Ḃ. */
export const dotPrimitive: Primitive<DotParams> = {
  name: 'dot',
  shape([a, b], p) {
    const dtype = floatDType('dot', [a!, b!])
    check(a!, b!, p)
    const free = (x: Aval, side: 0 | 1): number[] =>
      freeAxes(x.shape.length, p.contract[side], p.batch[side]).map((i) => x.shape[i]!)
    return [aval([...p.batch[0].map((i) => a!.shape[i]!), ...free(a!, 0), ...free(b!, 1)], dtype, false)]
  },
  jvp([a, b], [da, db], p) {
    const y = dot(a!, b!, p)
    const left = isZero(da!) ? zeroOf(y) : dot(da!, b!, p)
    const right = isZero(db!) ? zeroOf(y) : dot(a!, db!, p)
    return [[y], [addTangents(left, right)]]
  },
  series: (operands, p) => bilinear(dot)(operands, p),
  transpose([ct], [a, b], p) {
    const grad = (side: 0 | 1): Tensor => {
      const mine = (side === 0 ? a : b) as { readonly linear: Aval }
      const other = ((side === 0 ? b : a) as { readonly known: Tensor }).known
      return transposed(ct as Tensor, other, mine.linear, side, p)
    }
    const zero = (x: NonNullable<typeof a>) => ('known' in x ? null : { zero: x.linear })
    if (isZero(ct!)) return [zero(a!), zero(b!)]
    return ['known' in a! ? null : grad(0), 'known' in b! ? null : grad(1)]
  },
  batch(size, [a, b], [da, db], { contract, batch }) {
    const up = (axes: readonly number[], dim: 0 | null): number[] => axes.map((i) => (dim === 0 ? i + 1 : i))
    if (da === 0 && db === null) {
      // The batch becomes a free axis of lhs, so that there is one product and no copy.
      const y = dot(a!, b!, { contract: [up(contract[0], 0), contract[1]], batch: [up(batch[0], 0), batch[1]] })
      return [[moveFront(y, batch[0].length)], [0]]
    }
    // A shared lhs has batch stride 0, so that a backend can process its spikes once.
    const lhs =
      da === 0
        ? a!
        : broadcast(
            a!,
            [size, ...a!.shape],
            a!.shape.map((_, i) => i + 1),
          )
    const y = dot(lhs, b!, {
      contract: [up(contract[0], 0), up(contract[1], 0)],
      batch: [
        [0, ...up(batch[0], 0)],
        [0, ...up(batch[1], 0)],
      ],
    })
    return [[y], [0]]
  },
  lower: { kind: 'dot' },
}

/** Moves axis `from` to the front. */
function moveFront(x: Tensor, from: number): Tensor {
  const rest = x.shape.map((_, a) => a).filter((a) => a !== from)
  return permute(x, [from, ...rest])
}

/**
 * Cotangent of one operand: the product of ct with the other operand over the other's free axes, with its axes
 * permuted.
 */
function transposed(ct: Tensor, other: Tensor, mine: Aval, side: 0 | 1, { contract, batch }: DotParams): Tensor {
  const otherSide = side === 0 ? 1 : 0
  const rankBatch = batch[0].length
  const myFree = freeAxes(mine.shape.length, contract[side], batch[side])
  const otherFree = freeAxes(other.ndim, contract[otherSide], batch[otherSide])
  const leftFree = side === 0 ? myFree.length : otherFree.length
  const ctOther = otherFree.map((_, i) => rankBatch + (side === 0 ? leftFree + i : i))
  const ctBatch = batch[0].map((_, i) => i)
  // For each result axis of the product below, the axis of `mine` that it corresponds to.
  const contracted = [...contract[otherSide]]
    .map((axis, i) => ({ axis, mine: contract[side][i]! }))
    .sort((x, y) => x.axis - y.axis)
  // The other operand stays on its side, so that a binary lhs stays the lhs of its product.
  const [y, order] =
    side === 0
      ? [
          dot(ct, other, { contract: [ctOther, otherFree], batch: [ctBatch, batch[1]] }),
          [...batch[0], ...myFree, ...contracted.map((c) => c.mine)],
        ]
      : [
          dot(other, ct, { contract: [otherFree, ctOther], batch: [batch[0], ctBatch] }),
          [...batch[1], ...contracted.map((c) => c.mine), ...myFree],
        ]
  return permute(
    y,
    mine.shape.map((_, a) => order.indexOf(a)),
  )
}

/** {@link dotPrimitive} as a function. */
export const dot = (a: Tensor, b: Tensor, p: DotParams): Tensor => bind(dotPrimitive, [a, b], p)[0]!
