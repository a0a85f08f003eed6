import {
  add,
  cast,
  concatenate,
  coordsFrom,
  coordsShape,
  equal,
  expandDims,
  full,
  iota,
  mul,
  onesLike,
  reshape,
  slice,
  sub,
  zeros,
  zerosLike,
} from '@spikeward/core'
import type { Filled, FloatDType, OperatorNetwork, OperatorTensors, Tensor, Tree, Variables } from '@spikeward/core'
import type { BlockTrained } from '../../blocks/block.js'
import type { BranchNetwork, TrunkNetwork } from '../../networks/branchNetwork.js'
import type { OutputFixed } from '../../scales/outputScale.js'
import { perFunction } from '../../wrappers/amplitude.js'
import type { amplitudeOption, hardOption } from '../solverOptions.js'

/** Learned variables of a network with a branch. */
export type WithBranch = { readonly branch: BlockTrained; readonly [name: string]: Tree }

/** The wrappers around the network whose readouts are solved for. */
type Around = Pick<Filled<{ hard: typeof hardOption; amplitude: typeof amplitudeOption }>, 'hard' | 'amplitude'>

/** The tensors of a least-squares problem that do not depend on the input functions. */
type PointSide = {
  /** The field of the code 0, [1, …]. */
  readonly origin: Tensor
  /** T = m t [p, P · outputs]: the change of the output for each number of the code. */
  readonly basis: Tensor
  /** m (Ψ, 1) [P, width + 1], which the readout of the trunk maps to T; null if it is not solved for. */
  readonly weighted: Tensor | null
}

/**
 * The tensors that depend on the input functions: features [N, width], amplitude [N, 1] or null, and targets Y = u − g
 * [N, P · outputs].
 */
type FunctionSide = { readonly phi: Tensor; readonly alpha: Tensor | null; readonly y: Tensor }

const flat = (x: Tensor): Tensor => reshape(x, [x.shape[0]!, -1])

/** The parts of a network from which its field is computed. */
type Decoding<V extends Tree> = Pick<OperatorNetwork<V, Tensor>, 'decode'>

/**
 * The field of the code 0 of p numbers, and the factor m [P · outputs] that the output transform puts on a change of
 * it.
 */
export function fieldSide<V extends Tree>(
  network: Decoding<V>,
  variables: V,
  { f, u, at }: OperatorTensors,
  { hard }: Pick<Around, 'hard'>,
  { p, dtype }: { readonly p: number; readonly dtype: FloatDType },
): { readonly origin: Tensor; readonly factor: Tensor } {
  const c = coordsFrom(at)
  const first = slice(
    f,
    f.shape.map(() => 0),
    [1, ...f.shape.slice(1)],
  )
  const one = full([1, ...u.shape.slice(1)], 1, u.dtype)
  const apply = (raw: Tensor): Tensor => (hard === undefined ? raw : hard.apply(raw, first, c))
  const factor = flat(sub(apply(onesLike(one)), apply(zerosLike(one))))
  return { origin: network.decode(variables, zeros([1, p], dtype), c), factor }
}

/** m (Ψ, 1) [P, width + 1], which the readout of a trunk with features Ψ maps to T. */
export function trunkSystem<V extends { readonly fixed: Tree }>(
  network: Pick<TrunkNetwork<V>, 'trunkFeatures'>,
  variables: V,
  { at }: OperatorTensors,
  factor: Tensor,
): Tensor {
  const c = coordsFrom(at)
  const psi = network.trunkFeatures(variables, c)
  const points = coordsShape(c).reduce((a, b) => a * b, 1)
  const { output } = variables.fixed as { readonly output: OutputFixed }
  const scale = mul(expandDims(reshape(factor, [points]), 1), output.scale)
  return mul(concatenate([psi, full([points, 1], 1, psi.dtype)], 1), scale)
}

/** The part of the least-squares problem that belongs to the points. */
export function pointSide<P extends WithBranch, F extends Tree>(
  network: BranchNetwork<Variables<P, F>>,
  variables: Variables<P, F>,
  data: OperatorTensors,
  { hard, trunk }: Pick<Around, 'hard'> & { readonly trunk: boolean },
): PointSide {
  const { bias } = variables.trained.branch.readout
  const [p, dtype] = [bias.shape[0]!, bias.dtype as FloatDType]
  const { origin, factor } = fieldSide(network, variables, data, { hard }, { p, dtype })
  const eye = cast(equal(iota([p, p], 0, 'i32'), iota([p, p], 1, 'i32')), dtype)
  const basis = mul(flat(sub(network.decode(variables, eye, coordsFrom(data.at)), origin)), factor)
  if (!trunk) return { origin, basis, weighted: null }
  return {
    origin,
    basis,
    weighted: trunkSystem(network as unknown as TrunkNetwork<Variables<P, F>>, variables, data, factor),
  }
}

/** The part of the least-squares problem that belongs to the functions f with solutions u. */
export function functionSide(
  features: (f: Tensor) => Tensor,
  { f, u, at }: OperatorTensors,
  { hard, amplitude }: Around,
  origin: Tensor,
): FunctionSide {
  const c = coordsFrom(at)
  const apply = (raw: Tensor): Tensor => (hard === undefined ? raw : hard.apply(raw, f, c))
  const alpha = amplitude === undefined ? null : amplitude.of(f)
  const level = add(origin, zerosLike(u))
  return {
    phi: features(amplitude === undefined ? f : amplitude.divide(f)),
    alpha,
    y: flat(sub(u, apply(alpha === null ? level : mul(level, perFunction(level, alpha))))),
  }
}
