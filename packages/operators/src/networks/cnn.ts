import {
  SpikewardError,
  add,
  affineMap,
  conv,
  convolve,
  defineFactory,
  defineOptions,
  div,
  integer,
  mul,
  neg,
  normal,
  relu,
  reshape,
  sizeOf,
  sub,
  sum,
  tensor,
  uniform,
  zeros,
} from '@spikeward/core'
import type { Affine, Filled, Key, Network, OperatorNetwork, OptionsOf, Tensor, Tree } from '@spikeward/core'
import type { ShiftScale } from '../scales/outputScale.js'
import { gridActivation } from '../grids/gridActivation.js'
import { type GridVariables, factsOnGrid, gridOperator } from '../grids/gridOperator.js'
import { gridOptions, periodicOption } from '../grids/gridOptions.js'

/** Options of {@link cnn}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  ...gridOptions,
  periodic: periodicOption,
  channels: integer({ min: 1, default: 16, help: 'channels of the hidden layers' }),
  layers: integer({ min: 1, default: 1, help: 'hidden layers' }),
  kernel: integer({ min: 1, default: 5, help: 'points along each axis of a kernel' }),
}))

/** Options of {@link cnn}. */
export type CnnOptions = OptionsOf<typeof options>

/**
 * Parameters: for each hidden layer a kernel with its bias, and the learned coefficients of its neurons, if they have
 * any; the kernel Q as a matrix [points of a kernel · channels, outputs].
 */
export type CnnParams = {
  readonly layers: readonly (Affine & { readonly neurons: Tree })[]
  readonly out: Affine
}

/** Variables of a convolutional network of sensor values. */
export type CnnVariables = GridVariables<CnnParams>

/**
 * Plain convolutions on the grid that sensors and solutions share:
 *
 *     v₀ = a,   v_{l+1} = σ(K_l ∗ v_l + b_l),   u = Q ∗ v_L + b
 *
 * σ is a rectifier, or with `units` the output of spiking neurons. Kernels continue a periodic grid around its ends and
 * any other one by zeros; the network does not know where it is. It suits the step of a time-stepper, whose sigma–delta
 * form a chip runs event by event: {@link cnnConvolutions}.
 *
 * Kernels start as N(0, 2/fan_in). The units of the first layer begin to respond at constant fields drawn from −√3 to
 * √3, since its input is normalised.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH for points off the grid, and for functions with another number
 *   of sensors
 * @example
 * const network = cnn({ grid: [64, 64], periodic: [true, true], channels: 12, kernel: 3 })
 * const stepper = timeStepper(network)
 */
export const cnn = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'cnn',
    summary: 'plain convolutions on one grid, which a chip runs event by event as a time-stepper',
    options,
    facts: /* @__PURE__ */ factsOnGrid('v ↦ σ(K ∗ v + b) in each layer, u = Q ∗ v + b, on the grid alone'),
  },
  (read) =>
    (settings: CnnOptions): OperatorNetwork<CnnVariables, Tensor> =>
      gridOperator(read(settings), network),
)

function network(o: Filled<typeof options>): Network<CnnParams> {
  const { grid, periodic = grid.map(() => false), channels, layers, kernel, inputs, outputs, dtype } = o
  if (kernel > Math.min(...grid))
    throw new SpikewardError(
      'INVALID_OPTION',
      `cnn: a kernel reads ${kernel} points along an axis of ${Math.min(...grid)}; take a smaller kernel`,
    )
  const sigma = gridActivation({ ...o.units, dtype }, rectifier)
  const edges = periodic.every(Boolean) ? 'circular' : 'zeros'
  const sizes = grid.map(() => kernel)
  const width = sizeOf(sizes) * channels

  const kernels = (key: Key, from: number): Affine => ({
    weight: mul(normal(key, [...sizes, from, channels], { dtype }), Math.sqrt(2 / (sizeOf(sizes) * from))),
    bias: zeros([channels], dtype),
  })
  /** Kinks at fields drawn from an interval as wide as a uniform law of deviation 1. */
  const spread = ({ weight }: Affine, key: Key): Affine => {
    const response = sum(
      weight,
      weight.shape.map((_, a) => a).filter((a) => a < weight.ndim - 1),
    )
    const field = mul(sub(mul(uniform(key, [channels], { dtype }), 2), 1), Math.sqrt(3))
    return { weight, bias: neg(mul(response, field)) }
  }

  return {
    name: 'cnn',
    init(key) {
      const [first, out, ...others] = key.split(layers + 1) as [Key, Key, ...Key[]]
      const hidden = [spread(kernels(first, inputs), first.fold(1)), ...others.map((k) => kernels(k, channels))]
      return {
        layers: hidden.map((one, l) => ({ ...one, neurons: sigma.init(key.fold(l), channels) })),
        out: {
          weight: mul(normal(out, [width, outputs], { dtype }), 0.1 * Math.sqrt(2 / width)),
          bias: zeros([outputs], dtype),
        },
      }
    },
    apply(p, a) {
      const v = p.layers.reduce((x, { neurons, ...layer }) => sigma.apply(neurons, convolve(layer, x, { edges })), a)
      return affineMap(p.out, v, (x, Q) => conv(x, reshape(Q, [...sizes, channels, -1]), { edges }))
    },
  }
}

const rectifier = { init: () => ({}), apply: (_: Tree, x: Tensor): Tensor => relu(x) }

/**
 * The convolutions of a trained {@link cnn} with the scales of its input and output in their weights, so that the
 * network is Q ∗ σ(… σ(K ∗ f + b)) + b of the field itself, as a chip holds it. On a periodic grid they give the same.
 *
 * @param grid points along each axis
 * @param input normalisation of the input; of several fields it has a number for each value, the same within a field
 * @example
 * const layers = cnnConvolutions(variables, { grid: [64, 64], input: { shift: 0, scale: 1 } })
 * const next = cnnStep({ layers }, u)
 */
export function cnnConvolutions(
  { trained, fixed }: CnnVariables,
  { grid, input: { shift, scale } }: { readonly grid: readonly number[]; readonly input: ShiftScale },
): readonly Affine[] {
  const [first, ...others] = trained.layers.map(({ weight, bias }) => ({ weight, bias }))
  const fields = first!.weight.shape.at(-2)!
  /** A column for the fields of the first kernel. */
  const column = (values: number | readonly number[]): Tensor => {
    const each = [values].flat()
    return tensor(
      Array.from({ length: fields }, (_, c) => [each[(c * each.length) / fields] ?? each[0]!]),
      { dtype: first!.weight.dtype },
    )
  }
  const scaled = div(first!.weight, column(scale))
  const shifted = sum(
    mul(scaled, column(shift)),
    first!.weight.shape.map((_, a) => a).filter((a) => a < grid.length + 1),
  )
  const { weight, bias } = trained.out
  const channels = first!.bias.shape[0]!
  const side = Math.round((weight.shape[0]! / channels) ** (1 / grid.length))
  return [
    { weight: scaled, bias: sub(first!.bias, shifted) },
    ...others,
    {
      weight: mul(reshape(weight, [...grid.map(() => side), channels, -1]), fixed.output.scale),
      bias: add(mul(bias, fixed.output.scale), fixed.output.shift),
    },
  ]
}

/** A step u + N(u) of such convolutions on a periodic grid, with rectifiers between them; u is [samples, …grid, fields]. */
export const cnnStep = ({ layers }: { readonly layers: readonly Affine[] }, u: Tensor): Tensor =>
  add(
    u,
    layers.reduce((x, layer, l) => convolve(layer, l === 0 ? x : relu(x), { edges: 'circular' }), u),
  )
