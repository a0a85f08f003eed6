import { type Coords, type Tensor, choice, einsum, mul, reshape } from '@spikeward/core'

/** Letters of grid axes; n, q, k, r and p have other meanings. */
const letters = [...'abcdefghij']

/** Letter and length of one axis of an operand. */
type Axis = readonly [letter: string, length: number]

/** An operand with the names of its axes. */
type Term = { readonly x: Tensor; readonly axes: readonly Axis[] }

/**
 * An einsum of operands with named axes, summed over the letters that the result lacks. It leaves out groups and ranks
 * of length 1, so that simple cases become plain matrix products.
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

/**
 * How a branch and a trunk make several outputs (Lu et al., Comput. Methods Appl. Mech. Eng. 2022, section 3.1.6):
 *
 * - `split-both`: the features of branch and trunk are divided into groups, one for each output
 * - `split-branch`: every output has its own features of the branch and shares those of the trunk
 * - `split-trunk`: every output has its own features of the trunk and shares those of the branch
 *
 * {@link independentNetworks} is the fourth way.
 */
export type MultiOutput = 'split-both' | 'split-branch' | 'split-trunk'

/** `multiOutput` of a network with a branch and a trunk. */
export const multiOutputOption = /* @__PURE__ */ choice(['split-both', 'split-branch', 'split-trunk'], {
  default: 'split-both',
  help: 'features that belong to one output: of branch and trunk, of the branch, or of the trunk',
})

/** Widths of branch and trunk: `features` for each output, or once for all outputs. */
export const widthsOf = (
  strategy: MultiOutput,
  outputs: number,
  features: number,
): { branch: number; trunk: number } => ({
  branch: strategy === 'split-trunk' ? features : outputs * features,
  trunk: strategy === 'split-branch' ? features : outputs * features,
})

/**
 * One contraction over features, ranks and axes:
 *
 *     y_nq(x) = Σ_k b_nqk Σ_r Π_a τᵃ_qkr(xₐ)
 *
 * @param b [N, groups · features], groups 1 (shared by all outputs) or the number of outputs
 * @param trunks τᵃ [nₐ or P, groups · features · rank]
 * @returns [N, n₁, …, n_d, outputs], or [N, P, outputs] at points
 */
export function contractAxes(
  b: Tensor,
  trunks: readonly Tensor[],
  kind: Coords['kind'],
  features: number,
  rank = 1,
): Tensor {
  const [n, width] = b.shape as [number, number]
  const [groups, trunkGroups] = [width / features, trunks[0]!.shape[1]! / (features * rank)]
  const space = trunks.map((t, a): Axis => [kind === 'points' ? 'p' : letters[a]!, t.shape[0]!])
  const branch: readonly Axis[] = [
    ['n', n],
    ['q', groups],
    ['k', features],
  ]
  const axesOf = (a: number): readonly Axis[] => [space[a]!, ['q', trunkGroups], ['k', features], ['r', rank]]
  const field: readonly Axis[] = [
    ['n', n],
    ...(kind === 'points' ? space.slice(0, 1) : space),
    ['q', Math.max(groups, trunkGroups)],
  ]
  // One factor for each axis of a grid; at points their product.
  const factors = kind === 'points' ? [trunks.reduce((p, t) => mul(p, t))] : trunks
  return contract([{ x: b, axes: branch }, ...factors.map((x, a) => ({ x, axes: axesOf(a) }))], field)
}
