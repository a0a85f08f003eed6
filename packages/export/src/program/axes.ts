/** How equations lay out their operands, for every language. */
import { type DotParams, type Program, type Var, isLiteral } from '@spikeward/core'

/** Row-major strides. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1)
  for (let a = shape.length - 2; a >= 0; a--) strides[a] = strides[a + 1]! * shape[a + 1]!
  return strides
}

/** The number of elements. */
export const product = (lengths: readonly number[]): number => lengths.reduce((n, d) => n * d, 1)

/** The axes of a rank that are not among `others`. */
export const otherAxes = (rank: number, others: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, a) => a).filter((a) => !others.includes(a))

/** The axes of the operands of a product, by role. */
export function axesOfDot({ contract, batch }: DotParams, ranks: readonly [number, number]): [DotAxes, DotAxes] {
  const of = (side: 0 | 1): DotAxes => ({
    batch: batch[side],
    free: otherAxes(ranks[side], [...contract[side], ...batch[side]]),
    contract: contract[side],
  })
  return [of(0), of(1)]
}

type DotAxes = {
  readonly batch: readonly number[]
  readonly free: readonly number[]
  readonly contract: readonly number[]
}

/** The equations of the body of a scan that are the same in every step, and those of each step. */
export function byStep(body: Program, constants: number): readonly [Program['equations'], Program['equations']] {
  const fixed = new Set<Var>(body.inputs.slice(0, constants))
  const [once, each] = [[], []] as [Program['equations'][number][], Program['equations'][number][]]
  for (const equation of body.equations) {
    const same = equation.inputs.every((a) => isLiteral(a) || fixed.has(a))
    if (same) equation.outputs.forEach((v) => fixed.add(v))
    ;(same ? once : each).push(equation)
  }
  return [once, each]
}

/** A product as einsum writes it, such as `ab,bc->ac`. */
export function einsumOf(p: DotParams, ranks: readonly [number, number]): string {
  const [a, b] = axesOfDot(p, ranks)
  const letter = (axis: number): string => String.fromCharCode(97 + axis)
  const left = Array.from({ length: ranks[0] }, (_, axis) => letter(axis))
  const right = Array.from({ length: ranks[1] }, (_, axis) => letter(ranks[0] + axis))
  for (const role of ['batch', 'contract'] as const) b[role].forEach((axis, i) => (right[axis] = left[a[role][i]!]!))
  const result = [...a.batch.map((i) => left[i]!), ...a.free.map((i) => left[i]!), ...b.free.map((i) => right[i]!)]
  return `${left.join('')},${right.join('')}->${result.join('')}`
}

/** Whether a product is that of two matrices. */
export const isMatmul = ({ contract, batch }: DotParams, ranks: readonly [number, number]): boolean =>
  ranks[0] === 2 &&
  ranks[1] === 2 &&
  batch[0].length === 0 &&
  contract[0][0] === 1 &&
  contract[1][0] === 0 &&
  contract[0].length === 1

/** The parameters of structural primitives, each of which has some of them. */
export type StructuralParams = {
  readonly axes: readonly number[]
  readonly perm: readonly number[]
  readonly shape: readonly number[]
  readonly starts: readonly number[]
  readonly steps: readonly number[]
  readonly lengths: readonly number[]
  readonly fill: number
  readonly axis: number
  readonly along: number
  readonly start: number
  readonly step: number
  readonly slope: number
  readonly length: number
}
