import { reshape, tensor } from '@spikeward/core'
import type { BlockFixed, BlockTrained } from '../blocks/block.js'
import type { BlockOptions } from '../blocks/makeBlock.js'
import { checkCoords } from '../shared/checkCoords.js'
import { checkCounts, checkNames } from '../shared/checkOptions.js'
import { finish, outputMaker } from '../shared/outputScale.js'
import type { OutputFixed } from '../shared/outputScale.js'
import type { Variables } from '../shared/variables.js'
import { axisTrunks } from '../sides/axisTrunks.js'
import { contractAxes } from '../sides/contractAxes.js'
import type { CoordinateNetwork, PinnOptions } from './pinn.js'

/** Options of {@link separablePinn}. */
export type SeparablePinnOptions = Omit<PinnOptions, 'block'> & {
  /** Number r of products of axis functions in the sum of each output. */
  readonly rank: number
  /** Options of the trunk of every axis, or one record for each axis. */
  readonly trunk: BlockOptions | readonly BlockOptions[]
}

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
export function separablePinn(options: SeparablePinnOptions): CoordinateNetwork<SeparablePinnVariables> {
  const name = 'separable-pinn'
  const { axes, rank, outputs = 1, dtype = 'f32' } = options
  checkNames(name, options, ['axes', 'outputs', 'rank', 'trunk', 'domain', 'output', 'dtype'])
  checkCounts(name, { axes, rank, outputs })
  const trunks = axisTrunks(name, axes, outputs * rank, options.trunk, options.domain, dtype)
  const output = outputMaker(name, outputs, options.output, dtype)
  const network: CoordinateNetwork<SeparablePinnVariables> = {
    name,
    axes,
    outputs,
    coordinates: trunks.coordinates,
    satisfies: [],
    init(key) {
      const { trained, fixed } = trunks.init(key)
      return {
        trained: { trunks: trained },
        fixed: { trunks: fixed, output: output() },
      }
    },
    encode: () => [],
    decode({ trained, fixed }, _, at) {
      checkCoords(name, axes, at)
      const tau = trunks
        .apply({ trained: trained.trunks, fixed: fixed.trunks }, at)
        .map((t) => reshape(t, [t.shape[0]!, outputs, rank, 1]))
      const one = tensor(new Array<number>(rank).fill(1), { dtype, shape: [1, 1, rank] })
      return finish(contractAxes(one, tau, at.kind), 0, fixed.output)
    },
    apply: (v, f, at) => network.decode(v, network.encode(v, f), at),
  }
  return network
}
