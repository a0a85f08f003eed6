import { defineFactory, defineOptions, integer, tensor } from '@spikeward/core'
import type { Filled, OptionsOf, Variables } from '@spikeward/core'
import type { BlockFixed, BlockTrained } from '../blocks/block.js'
import { checkDeepLayers } from '../blocks/makeBlock.js'
import { domainOption, dtypeOption, lengthRange, outputOption, outputsOption } from '../shared/networkOptions.js'
import { type OutputFixed, finish, outputMaker } from '../scales/outputScale.js'
import { deepLayersOptions } from '../spikingMlp/spikingMlpOptions.js'
import { axisTrunks, axisTrunksOption, separableAxesOption } from '../blocks/axisTrunks.js'
import { coded } from './branchNetwork.js'
import { contractAxes } from '../blocks/contraction.js'
import type { CoordinateNetwork } from './pinn.js'

/** Options of {@link separablePinn}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  /** d, at most 10. */
  axes: separableAxesOption,
  /** Default 1. */
  outputs: outputsOption,
  /** Number r of products of axis functions in the sum of each output. */
  rank: integer({ ...lengthRange, required: true, help: 'products of axis functions per output (r)' }),
  /** Block of the trunk of every axis, or one for each axis. */
  trunk: axisTrunksOption,
  ...deepLayersOptions,
  /** [low, high] of each axis, mapped to [−1, 1]. Default [−1, 1]. */
  domain: domainOption,
  /** Default shift 0 and scale 1. */
  output: outputOption,
  /** Default `f32`. */
  dtype: dtypeOption,
}))

/** Options of {@link separablePinn}. */
export type SeparablePinnOptions = OptionsOf<typeof options>

/** Variables of a {@link separablePinn}. */
export type SeparablePinnVariables = Variables<
  { readonly trunks: readonly BlockTrained[] },
  { readonly trunks: readonly BlockFixed[]; readonly output: OutputFixed }
>

/**
 * A separable physics-informed network (Cho et al., NeurIPS 2023), u(x) = shift + scale · Σ_r Π_a τᵃ_r(xₐ). On a grid
 * the trunk of axis a runs for its nₐ coordinates only.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example
 * const network = separablePinn({ axes: 2, rank: 20, trunk: { kind: 'smooth', hidden: [20, 20] } })
 */
export const separablePinn = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'separablePinn',
    summary: 'sum of products of blocks of one coordinate each',
    options,
    facts: { output: 'Σ_r Π_a τᵃ_r(xₐ); it takes no input function', learns: 'one solution', separable: true },
  },
  (read) =>
    (settings: SeparablePinnOptions): CoordinateNetwork<SeparablePinnVariables> =>
      build(read(settings)),
)

function build(filled: Filled<typeof options>): CoordinateNetwork<SeparablePinnVariables> {
  const name = 'separable-pinn'
  const { axes, rank, outputs, dtype } = filled
  checkDeepLayers(name, filled, [filled.trunk].flat())
  const trunks = axisTrunks(name, axes, outputs * rank, filled.trunk, filled.domain, dtype, filled)
  const output = outputMaker(name, outputs, filled.output, dtype)
  return {
    name,
    axes,
    outputs,
    coordinates: trunks.coordinates,
    init(key) {
      const { trained, fixed } = trunks.init(key)
      return {
        trained: { trunks: trained },
        fixed: { trunks: fixed, output: output() },
      }
    },
    ...coded<SeparablePinnVariables, [], null>({
      encode: () => [],
      decode({ trained, fixed }, _, at) {
        const tau = trunks.apply({ trained: trained.trunks, fixed: fixed.trunks }, at)
        const one = tensor(new Array<number>(rank).fill(1), { dtype, shape: [1, rank] })
        return finish(contractAxes(one, tau, at.kind, rank), 0, fixed.output)
      },
    }),
  }
}
