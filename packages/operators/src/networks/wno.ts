import {
  add,
  sub,
  SpikewardError,
  affineMap,
  choice,
  defineFactory,
  defineOptions,
  einsum,
  integer,
  reshape,
  uniform,
} from '@spikeward/core'
import type { Filled, Network, OperatorNetwork, OptionsOf, Tensor } from '@spikeward/core'
import { boundedCoordinates } from '../grids/gridCoordinates.js'
import { gridActivation } from '../grids/gridActivation.js'
import { type GridVariables, factsOnGrid, gridOperator } from '../grids/gridOperator.js'
import { gridOptions, periodicOption } from '../grids/gridOptions.js'
import { type KernelNetworkParams, kernelNetwork } from '../grids/kernelNetwork.js'
import { waveletNames, waveletTransform } from '../grids/waveletTransform.js'

/** Options of {@link wno}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  ...gridOptions,
  periodic: periodicOption,
  wavelet: choice(waveletNames, {
    default: 'db2',
    help: 'wavelet: Haar, or Daubechies of two or three vanishing moments',
  }),
  /** m: the transform has ⌈log₂(n/m)⌉ levels along an axis of n points. */
  averages: integer({ min: 1, default: 4, help: 'averages along each axis at the coarsest level' }),
  channels: integer({ min: 1, default: 24, help: 'channels of the hidden functions' }),
  layers: integer({ min: 1, default: 4, help: 'wavelet layers' }),
  projection: integer({ min: 1, default: 128, help: 'neurons of the hidden layer behind the last wavelet layer' }),
}))

/** Options of {@link wno}. */
export type WnoOptions = OptionsOf<typeof options>

/** Parameters: those of a neural operator, with R for each layer. */
export type WnoParams = KernelNetworkParams<{ readonly weight: Tensor }>

/** Variables of a wavelet neural operator of sensor values. */
export type WnoVariables = GridVariables<WnoParams>

/**
 * The wavelet neural operator (Tripura & Chakraborty 2023, 2205.02191), on the grid that sensors and solutions share:
 *
 *     v₀ = P(a, x),   v_{l+1} = σ(W_l v_l + b_l + K_l v_l),   K v = (v − Φ⁻¹Φ v) + Φ⁻¹(R · Φ v),   u = Q(v_L)
 *
 * Φ v are the coefficients of the coarsest level of a periodic wavelet transform, averages and details; R has a matrix
 * over channels for each of them, and finer details stay as they are. So a layer knows where it is, unlike a Fourier
 * layer, and reaches as far as a coarsest wavelet: few averages reach far. σ is GELU, or with `units` the rate of
 * spiking neurons. A grid of twice the points has one level more and the same parameters. x are the coordinates of the
 * axes that are not periodic.
 *
 * R starts uniform on [0, 1/d_v²), as in the published code.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH for points off the grid, and for functions with another number
 *   of sensors
 * @example
 * const network = wno({ grid: [128] }) // GELU
 * const spiking = wno({ grid: [29, 29], units: { neuron: leakyIntegrateAndFire(), surrogate: atan(), time: 16 } })
 */
export const wno = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'wno',
    summary: 'wavelet layers on the grid that the sensors and the solutions share',
    options,
    facts: /* @__PURE__ */ factsOnGrid(
      'v ↦ σ(W v + b + Φ⁻¹(R · Φ v)) in each layer, Φ the coarsest level of wavelets, on the grid alone',
    ),
  },
  (read) =>
    (settings: WnoOptions): OperatorNetwork<WnoVariables, Tensor> =>
      gridOperator(read(settings), network),
)

function network(o: Filled<typeof options>): Network<WnoParams> {
  const { grid, wavelet, averages: m, channels, dtype } = o
  if (Math.min(...grid) <= m) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `wno: ${m} averages of ${Math.min(...grid)} points along an axis; a level leaves half of the points or fewer; take fewer averages`,
    )
  }
  const { forward, inverse } = waveletTransform(wavelet, grid, m, dtype)
  const coefficients = (2 * m) ** grid.length
  /** R · c: a matrix over channels for each coefficient. */
  const mixed = (c: Tensor, R: Tensor): Tensor =>
    reshape(einsum('nkc,kcd->nkd', reshape(c, [c.shape[0]!, coefficients, channels]), R), c.shape)
  return kernelNetwork(
    { ...o, name: 'wno', sigma: gridActivation({ ...o.units, dtype }), coordinates: boundedCoordinates(o) },
    {
      init: (key) => ({ weight: uniform(key, [coefficients, channels, channels], { max: channels ** -2, dtype }) }),
      apply: (p, v) =>
        add(
          sub(v, inverse(forward(v))),
          affineMap(p, v, (x, R) => inverse(mixed(forward(x), R))),
        ),
    },
  )
}
