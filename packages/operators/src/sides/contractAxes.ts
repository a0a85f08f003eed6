import { einsum, mul, reshape } from '@spikeward/core'
import type { Coords, Tensor } from '@spikeward/core'

/** Letters of grid axes; n, q, k, r and p have other meanings. */
const letters = [...'abcdefghij']

/** Letter and length of one axis of an operand. */
type Axis = readonly [letter: string, length: number]

/** An operand with the names of its axes. */
type Term = { readonly x: Tensor; readonly axes: readonly Axis[] }

/**
 * An einsum of operands with named axes, summed over the letters that the result lacks. It leaves out groups and ranks of length
 * 1, so that simple cases become plain matrix products.
 */
function contract(terms: readonly Term[], result: readonly Axis[]): Tensor {
  const long = (axes: readonly Axis[]): Axis[] => axes.filter(([l, n]) => n > 1 || (l !== 'q' && l !== 'r'))
  const text = (axes: readonly Axis[]): string =>
    long(axes)
      .map(([l]) => l)
      .join('')
  const left = terms.map((t) => text(t.axes)).join(',')
  const operands = terms.map(({ x, axes }) =>
    reshape(
      x,
      long(axes).map(([, n]) => n),
    ),
  )
  const y = einsum(`${left}->${text(result)}`, ...operands)
  return reshape(
    y,
    result.map(([, n]) => n),
  )
}

/** The axes of all operands of the contraction. */
function named(b: Tensor, trunks: readonly Tensor[], kind: Coords['kind']) {
  const [n, groups, k] = b.shape as [number, number, number]
  const [trunkGroups, rank] = [trunks[0]!.shape[1]!, trunks[0]!.shape[3]!]
  const outputs = Math.max(groups, trunkGroups)
  const space = trunks.map((t, a): Axis => [kind === 'points' ? 'p' : letters[a]!, t.shape[0]!])
  const branch: readonly Axis[] = [
    ['n', n],
    ['q', groups],
    ['k', k],
  ]
  const trunk = (a: number): readonly Axis[] => [space[a]!, ['q', trunkGroups], ['k', k], ['r', rank]]
  const field: readonly Axis[] = [['n', n], ...(kind === 'points' ? space.slice(0, 1) : space), ['q', outputs]]
  return { branch, trunk, field, space }
}

/** Factors of the contraction from the trunks: one for each axis of a grid, and their product at points. */
const factorsOf = (trunks: readonly Tensor[], kind: Coords['kind'], trunk: (a: number) => readonly Axis[]): Term[] =>
  kind === 'points'
    ? [{ x: trunks.reduce((p, t) => mul(p, t)), axes: trunk(0) }]
    : trunks.map((x, a) => ({ x, axes: trunk(a) }))

/**
 * One contraction over features, ranks and axes:
 *
 *     y_nq(x) = Σ_k b_nqk Σ_r Π_a τᵃ_qkr(xₐ)
 *
 * @param b [N, groups, features], groups 1 (shared by all outputs) or the number of outputs
 * @param trunks τᵃ [nₐ or P, groups, features, rank]
 * @returns [N, n₁, …, n_d, outputs], or [N, P, outputs] at points
 */
export function contractAxes(b: Tensor, trunks: readonly Tensor[], kind: Coords['kind']): Tensor {
  const { branch, trunk, field } = named(b, trunks, kind)
  return contract([{ x: b, axes: branch }, ...factorsOf(trunks, kind, trunk)], field)
}
