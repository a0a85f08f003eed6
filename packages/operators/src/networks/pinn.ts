import { choice, coordsShape, defineFactory, defineOptions, integers, number, option, reshape } from '@spikeward/core'
import type { Coords, Filled, OperatorNetwork, OptionsOf, Tensor, Tree, Variables } from '@spikeward/core'
import { type BlockFixed, type BlockTrained, partOf } from '../blocks/block.js'
import { type BlockOptions, blockType, checkDeepLayers, makeBlock, withDeepLayers } from '../blocks/makeBlock.js'
import { windowedBlock } from '../blocks/windowedBlock.js'
import { checkDomain, pointsIn } from '../coords/checkCoords.js'
import { checkParity, evenAxes } from '../shared/parity.js'
import { axesOption, domainOption, dtypeOption, outputOption, outputsOption } from '../shared/networkOptions.js'
import { type OutputFixed, finish, outputMaker } from '../scales/outputScale.js'
import { deepLayersOptions } from '../spikingMlp/spikingMlpOptions.js'
import { oddAxis } from '../wrappers/oddAxis.js'
import { coded } from './branchNetwork.js'

/** The most subdomains along an axis: every network is evaluated at every point. */
const MAX_SUBDOMAINS = 1024

/** Options of {@link pinn}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  axes: axesOption,
  /** Default 1. */
  outputs: outputsOption,
  /** Block that maps coordinates to outputs. */
  block: option(blockType, { required: true, help: 'block that maps coordinates to outputs' }),
  ...deepLayersOptions,
  /**
   * Scale of the first layer of a smooth or first-spike block without its own `gain`: about the wave numbers of the
   * solution.
   */
  gain: number({
    min: 0,
    above: true,
    computed: 'as in the other layers',
    help: 'scale of the first layer of a smooth or first-spike block',
  }),
  /**
   * How a spiking block codes values: `rate`, the mean rate over its time steps, or `firstSpike`, the time of each
   * neuron's only spike, with quadratic neurons in continuous time. `firstSpike` replaces neuron, surrogate and time
   * steps, and is smooth in the coordinates.
   */
  code: choice(['rate', 'firstSpike'], {
    default: 'rate',
    help: 'how spikes code values: mean rates over the time steps, or the time of one spike of quadratic neurons',
  }),
  /**
   * Numbers of the axes in which the solution is even about the middle of its interval, u(−ξ) = u(ξ): the block
   * receives 2ξ² − 1 in place of ξ ∈ [−1, 1]. Default: none.
   */
  even: integers({ min: 0, default: [], help: 'numbers of the axes in which the solution is even, from 0' }),
  /**
   * Numbers of the axes in which the solution is odd about the middle of its interval, u(−ξ) = −u(ξ): the output is
   * half of the difference of the block's values at ξ and −ξ, so that each axis doubles the evaluations. Estimators of
   * affine layers then act on residuals only. Default: none.
   */
  odd: integers({ min: 0, default: [], help: 'numbers of the axes in which the solution is odd, from 0' }),
  /**
   * Numbers of overlapping subdomains along each axis, or one number for all axes: each has a network of the block's
   * size in coordinates of its own, and windows join them (`windowedBlock`). For solutions of many waves. The
   * block has one hidden layer. Default: none, one network for the whole domain.
   */
  subdomains: integers({
    min: 1,
    max: MAX_SUBDOMAINS,
    default: [],
    help: 'overlapping subdomains along each axis, each with a network of the size of hidden; for many waves',
  }),
  /** [low, high] of each axis, mapped to [−1, 1]. Default [−1, 1]. */
  domain: domainOption,
  /** Default shift 0 and scale 1. */
  output: outputOption,
  /** Default `f32`. */
  dtype: dtypeOption,
}))

/** Options of {@link pinn}. */
export type PinnOptions = OptionsOf<typeof options>

/** Variables of a {@link pinn}. */
export type PinnVariables = Variables<
  { readonly block: BlockTrained },
  { readonly block: BlockFixed; readonly output: OutputFixed }
>

/** A network of the coordinates: it takes no input function. */
export type CoordinateNetwork<P extends Tree> = OperatorNetwork<P, [], null>

/**
 * A physics-informed neural network (Raissi, Perdikaris & Karniadakis, J. Comput. Phys. 2019): a network of the
 * coordinates, u(x) = shift + scale · block(x). It takes no input function: `encode(variables, null)` returns an empty
 * code, and fields have N = 1.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example
 * const network = pinn({ axes: 1, block: { kind: 'smooth', hidden: [20, 20] } })
 * network.apply(network.init(key(0)), null, { kind: 'points', x: zeros([5, 1]) }) // [1, 5]
 */
export const pinn = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'pinn',
    summary: 'physics-informed network: a block of the coordinates',
    options,
    facts: {
      output: 'N(x); it takes no input function: `encode(variables, null)`',
      learns: 'one solution',
      separable: false,
      modified: true,
    },
  },
  (read) =>
    (settings: PinnOptions): CoordinateNetwork<PinnVariables> =>
      build(read(settings)),
)

function build(filled: Filled<typeof options>): CoordinateNetwork<PinnVariables> {
  const name = 'pinn'
  const { axes, outputs, dtype } = filled
  const own = blockFor(filled)
  checkDeepLayers(name, filled, [own])
  const place = { inputs: axes, outputs, dtype }
  const layers = withDeepLayers(own, filled)
  const block =
    filled.subdomains.length === 0 ? makeBlock(layers, place) : windowedBlock(layers, place, filled.subdomains)
  const domain = checkDomain(name, axes, filled.domain)
  const points = pointsIn(name, axes, domain)
  checkParity(name, axes, filled)
  const fold = evenAxes(axes, filled.even)
  const output = outputMaker(name, outputs, filled.output, dtype)
  const field = (y: Tensor, { fixed }: PinnVariables, at: Coords): Tensor =>
    finish(reshape(y, [1, ...coordsShape(at), outputs]), 0, fixed.output)
  const network: CoordinateNetwork<PinnVariables> = {
    name,
    axes,
    outputs,
    coordinates: block.coordinates,
    init(key) {
      const { trained, fixed } = block.init(key)
      return {
        trained: { block: trained },
        fixed: { block: fixed, output: output() },
      }
    },
    ...coded<PinnVariables, [], null>({
      encode: () => [],
      decode: (v, _, at) => field(block.apply(partOf(v, 'block'), fold(points(at))), v, at),
    }),
  }
  return [...new Set(filled.odd)].reduce((inner, axis) => oddAxis(inner, axis, domain[axis]!), network)
}

/** The options of the block, with the spike code applied and with `gain` unless the block has its own. */
function blockFor({ block, gain, code }: Filled<typeof options>): BlockOptions {
  const coded: BlockOptions =
    code === 'firstSpike' && block.kind === 'spiking' ? { kind: 'firstSpike', hidden: block.hidden } : block
  const takesGain = coded.kind === 'smooth' || coded.kind === 'firstSpike'
  return gain !== undefined && takesGain ? { gain, ...coded } : coded
}
