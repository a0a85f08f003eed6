import { add, coordsPoints, coordsShape, matmul, mul, reshape, sub, tensor, transpose } from '@spikeward/core'
import type { Backend, OperatorNetwork, Tensor, Tree } from '@spikeward/core'
import { chipRates } from '@spikeward/chip'
import type { ChipNetwork } from '@spikeward/chip'
import { toDoubles } from '@spikeward/nir'
import type { MlpDescription, NirArray } from '@spikeward/nir'
import type { Variables } from '@spikeward/train'

/** A block on a chip: its description, and its integers. */
export type ChipBlock = { readonly mlp: MlpDescription; readonly network: ChipNetwork }

/** What the host does with the codes b of a function and t of a point: u = shift + scale (Σ_k b_k t_k + bias). */
export type HostProduct = { readonly bias: number; readonly shift: number; readonly scale: number }

/** The outputs of a block, its readout on the host. */
function blockOf({ mlp, network }: ChipBlock, backend: Backend): (x: Tensor) => Tensor {
  const on = (array: NirArray): Tensor => tensor(toDoubles(array), { shape: [...array.shape], dtype: 'f32', backend })
  const rates = chipRates(network, backend)
  const { weight, bias, centre } = mlp.readout
  const [w, b, c] = [on(weight), on(bias), on(centre)]
  const normalise =
    mlp.normalise === null ? null : { middle: on(mlp.normalise.middle), factor: on(mlp.normalise.factor) }
  return (x) => {
    const placed = normalise === null ? x : mul(sub(x, normalise.middle), normalise.factor)
    return add(matmul(sub(rates(placed), c), w), b)
  }
}

/** An operator network whose branch and trunk run in a chip's integers, for measuring: it has no parameters. */
export function operatorOnChip(
  like: OperatorNetwork<Variables, Tree>,
  blocks: { readonly branch: ChipBlock; readonly trunk: ChipBlock },
  { bias, shift, scale }: HostProduct,
  backend: Backend,
): OperatorNetwork<Variables, Tree> {
  const [branch, trunk] = [blockOf(blocks.branch, backend), blockOf(blocks.trunk, backend)]
  const { name, axes, coordinates, init } = like
  const network: OperatorNetwork<Variables, Tensor> = {
    name,
    axes,
    outputs: 1,
    coordinates,
    satisfies: [],
    init,
    encode: (_, f) => branch(f),
    decode(_, z, at) {
      const product = matmul(z, transpose(trunk(coordsPoints(at))))
      return add(mul(add(reshape(product, [z.shape[0]!, ...coordsShape(at)]), bias), scale), shift)
    },
    apply: (v, f, at) => network.decode(v, network.encode(v, f), at),
  }
  return network
}
