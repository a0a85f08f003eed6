import { add, coordsPoints, coordsShape, matmul, mul, reshape, sub, tensor, transpose } from '@spikeward/core'
import type { Backend, OperatorNetwork, Tensor, Tree } from '@spikeward/core'
import { chipRates } from '@spikeward/chip'
import type { ChipNetwork } from '@spikeward/chip'
import { toDoubles } from '@spikeward/nir'
import type { MlpDescription, NirArray } from '@spikeward/nir'
import type { DeepOnetVariables } from '@spikeward/operators'
import type { Variables } from '@spikeward/train'
import type { OperatorPart } from '../node/deployment/describeRun.js'

export type ChipBlock = { readonly mlp: MlpDescription; readonly network: ChipNetwork }

/** The product that the host computes from the codes b of a function and t of a point: u = shift + scale (Σ_k b_k t_k + bias). */
export type HostProduct = { readonly bias: number; readonly shift: number; readonly scale: number }

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
export const operatorOnChip = (
  like: OperatorNetwork<Variables, Tree>,
  blocks: { readonly branch: ChipBlock; readonly trunk: ChipBlock },
  product: HostProduct,
  backend: Backend,
): OperatorNetwork<Variables, Tree> =>
  productNetwork(like, { branch: blockOf(blocks.branch, backend), trunk: blockOf(blocks.trunk, backend) }, product)

export async function productOf({ trained, fixed }: DeepOnetVariables): Promise<HostProduct> {
  const one = async (t: Tensor): Promise<number> => Number((await t.data())[0])
  return { bias: await one(trained.bias), shift: await one(fixed.output.shift), scale: await one(fixed.output.scale) }
}

/** The operator network of a branch and a trunk as functions of tensors, for measuring: it has no parameters. */
export function productNetwork(
  like: OperatorNetwork<Variables, Tree>,
  { branch, trunk }: Readonly<Record<OperatorPart, (x: Tensor) => Tensor>>,
  { bias, shift, scale }: HostProduct,
): OperatorNetwork<Variables, Tree> {
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
