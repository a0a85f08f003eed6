import {
  SpikewardError,
  add,
  clip,
  concatenate,
  coordsShape,
  defineFactory,
  defineOptions,
  einsum,
  expandDims,
  matmul,
  maximum,
  minimum,
  mul,
  number,
  opaque,
  reshape,
  slice,
  sub,
  tensor,
  transpose,
} from '@spikeward/core'
import type { Coords, Filled, HostCoords, OptionsOf, Tensor, Variables } from '@spikeward/core'
import { type BlockFixed, type BlockTrained, partOf } from '../blocks/block.js'
import { checkDeepLayers } from '../blocks/makeBlock.js'
import { branchBlock, branchOptions } from '../blocks/branch.js'
import { checkCoords } from '../coords/checkCoords.js'
import { type BranchNetwork, coded } from './branchNetwork.js'
import { dtypeOption, has } from '../shared/networkOptions.js'
import type { PodBasis } from '../statistics/podBasis.js'

const isBasis = (x: unknown): x is PodBasis => has(x, 'mean', 'modes', 'count')

const isHostCoords = (x: unknown): x is HostCoords => has(x, 'kind')

/** Options of {@link podDeepOnet}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  ...branchOptions,
  /** See {@link podBasis}. */
  basis: opaque('a basis, as returned by podBasis', isBasis, { required: true, help: 'basis of the solutions' }),
  /** Coordinates of the basis: the problem's `at`. */
  at: opaque("coordinates on the host, such as the problem's `at`", isHostCoords, {
    required: true,
    help: 'coordinates of the basis',
  }),
  /** Factor on the features of the branch, about the deviation of the solutions. Default 1. */
  scale: number({ default: 1, help: 'factor on the features of the branch' }),
  /** Default `f32`. */
  dtype: dtypeOption,
}))

/** Options of {@link podDeepOnet}. */
export type PodDeepOnetOptions = OptionsOf<typeof options>

/** Variables of a POD-DeepONet, which learns no trunk. */
export type PodDeepOnetVariables = Variables<
  { readonly branch: BlockTrained },
  { readonly branch: BlockFixed; readonly mean: Tensor; readonly modes: Tensor }
>

/**
 * POD-DeepONet (Lu et al., Comput. Methods Appl. Mech. Eng. 2022): the trunk is a fixed basis, computed from the
 * solutions,
 *
 *     u(f)(x) = φ₀(x) + scale · Σ_k b_k(f) φ_k(x)
 *
 * φ₀ is the mean solution. A basis on a grid is interpolated linearly between the lines of the grid and constant beyond
 * them; a basis at scattered points is known only at these points. The output therefore has no second derivatives
 * (`smoothness` −1), and the network learns from data only.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH for points other than those of a basis without a grid
 * @example
 * const network = podDeepOnet({ sensors: 50, branch, basis: podBasis(data.values, data.count, 16), at: problem.at })
 */
export const podDeepOnet = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'podDeepOnet',
    aliases: ['pod-deeponet'],
    summary: 'branch, and a fixed basis computed from the training solutions',
    options,
    facts: {
      output: 'Σ_k b_k(f) φ_k(x) + φ₀(x), φ from `podBasis` of the solutions; linear between the lines of a grid',
      learns: 'operators',
      separable: false,
    },
  },
  (read) =>
    (settings: PodDeepOnetOptions): BranchNetwork<PodDeepOnetVariables> =>
      build(read(settings)),
)

function build(filled: Filled<typeof options>): BranchNetwork<PodDeepOnetVariables> {
  const name = 'pod-deeponet'
  const { basis, at: home, scale, dtype } = filled
  const axes = home.kind === 'points' ? home.axes : home.axes.length
  const lengths = home.kind === 'points' ? [home.x.length / axes] : home.axes.map((x) => x.length)
  const points = lengths.reduce((a, b) => a * b, 1)
  if (points !== basis.mean.length) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: a basis of ${basis.mean.length} points for ${points} coordinates; the numbers must agree; give the coordinates at which the basis was computed`,
    )
  }
  checkDeepLayers(name, filled, [filled.branch])
  const branch = branchBlock(filled, basis.count, dtype)

  /** φ at the coordinates, [P, k + 1], the mean first. */
  const functions = (fixed: PodDeepOnetVariables['fixed'], c: Coords): Tensor => {
    const table = fixed.modes
    const mean = expandDims(fixed.mean, 1)
    if (home.kind === 'points') {
      if (c.kind !== 'points' || c.x.shape[0] !== points) {
        throw new SpikewardError(
          'SHAPE_MISMATCH',
          `${name}: the basis is known at its own ${points} points only; found ${c.kind} of shape [${coordsShape(c).join(', ')}]; evaluate at these points, or compute the basis from data on a grid`,
        )
      }
      return join(mean, table)
    }
    const letters = [...'abcdefghij'].slice(0, axes)
    const here = home.axes.map((nodes, a) => hats(nodes, c.kind === 'grid' ? c.axes[a]! : column(c.x, a)))
    const values = reshape(join(mean, table), [...lengths, basis.count + 1])
    const out = c.kind === 'grid' ? letters.map((l) => l.toUpperCase()) : ['P']
    const terms = letters.map((l) => `${c.kind === 'grid' ? l.toUpperCase() : 'P'}${l}`).join(',')
    const y = einsum(`${terms},${letters.join('')}k->${out.join('')}k`, ...here, values)
    return reshape(y, [-1, basis.count + 1])
  }

  /** φ₁ to φ_k at the coordinates, [P, k], from φ with the mean. */
  const modesOf = (phi: Tensor): Tensor => slice(phi, [0, 1], [phi.shape[0]!, basis.count + 1])

  return {
    name,
    axes,
    outputs: 1,
    coordinates: { spikes: false, smoothness: -1 },
    init(key) {
      const { trained, fixed } = branch.init(key)
      const mean = tensor(basis.mean, { dtype })
      const modes = tensor(basis.modes, { dtype, shape: [points, basis.count] })
      return { trained: { branch: trained }, fixed: { branch: fixed, mean, modes } }
    },
    branchFeatures: (v, f) => branch.features(partOf(v, 'branch'), f),
    ...coded<PodDeepOnetVariables, Tensor>({
      encode: (v, f) => branch.apply(partOf(v, 'branch'), f),
      decode({ fixed }, z, c) {
        checkCoords(name, axes, c)
        const phi = functions(fixed, c)
        const count = phi.shape[0]!
        const mean = reshape(slice(phi, [0, 0], [count, 1]), [1, count])
        return reshape(add(mul(matmul(z, transpose(modesOf(phi))), scale), mean), [z.shape[0]!, ...coordsShape(c)])
      },
    }),
  }
}

const column = (x: Tensor, a: number): Tensor => reshape(slice(x, [0, a], [x.shape[0]!, a + 1]), [-1])

const join = (a: Tensor, b: Tensor): Tensor => concatenate([a, b], 1)

/** Weights of linear interpolation from ascending nodes to x: [x, nodes]. Each row sums to 1. */
function hats(nodes: Float64Array, x: Tensor): Tensor {
  const n = nodes.length
  const row = (f: (i: number) => number): Tensor =>
    tensor(
      Float64Array.from({ length: n }, (_, i) => f(i)),
      { dtype: x.dtype },
    )
  if (n === 1) return add(mul(expandDims(x, 1), 0), 1)
  const at = expandDims(clip(x, nodes[0]!, nodes[n - 1]!), 1)
  const below = row((i) => (i === 0 ? nodes[0]! - 1 : nodes[i - 1]!))
  const above = row((i) => (i === n - 1 ? nodes[i]! + 1 : nodes[i + 1]!))
  const rise = mul(
    sub(at, below),
    row((i) => (i === 0 ? 1 : 1 / (nodes[i]! - nodes[i - 1]!))),
  )
  const fall = mul(
    sub(above, at),
    row((i) => (i === n - 1 ? 1 : 1 / (nodes[i + 1]! - nodes[i]!))),
  )
  return maximum(minimum(rise, fall), 0)
}
