import { defineFactory, defineOptions, flag, integer } from '@spikeward/core'
import type { Filled, OperatorNetwork, OptionsOf, Tensor } from '@spikeward/core'
import { type GridVariables, factsOnGrid, gridOperator } from '../grids/gridOperator.js'
import { gridOptions } from '../grids/gridOptions.js'
import { type FnoParams, fno } from './fno.js'

/** Options of {@link fourierOperator}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  ...gridOptions,
  channels: integer({ min: 1, default: 24, help: 'channels of the hidden functions' }),
  modes: integer({
    min: 1,
    computed: '12, or half of the points of the shortest axis if these are fewer',
    help: 'Fourier modes along each axis',
  }),
  layers: integer({ min: 1, default: 4, help: 'Fourier layers' }),
  projection: integer({ min: 1, default: 128, help: 'neurons of the hidden layer behind the last Fourier layer' }),
  coordinates: flag({ default: true, help: 'give the coordinates as inputs as well' }),
  factorised: flag({
    default: false,
    help: 'transform one axis at a time and add up, with fewer weights in the plane',
  }),
}))

/** Options of {@link fourierOperator}. */
export type FourierOperatorOptions = OptionsOf<typeof options>

/** Variables of a Fourier neural operator of sensor values. */
export type FourierOperatorVariables = GridVariables<FnoParams>

/**
 * The Fourier neural operator {@link fno} as a network of sensor values, for problems whose sensors and points are the
 * same grid:
 *
 *     u(f) = shift + scale · fno((f − m)/s, x)
 *
 * The output is known on the grid alone, and the network learns from data only. A grid with the same numbers of points
 * is taken for its grid; the places are not compared.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH for points off the grid, and for functions with another number
 *   of sensors
 * @example
 * const network = fourierOperator({ grid: [128], layers: 3 }) // GELU
 * const spiking = fourierOperator({ grid: [128], units: { neuron: leakyIntegrateAndFire(), surrogate: atan(), time: 16 } })
 */
export const fourierOperator = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'fourierOperator',
    aliases: ['fno'],
    summary: 'Fourier layers on the grid that the sensors and the solutions share',
    options,
    facts: /* @__PURE__ */ factsOnGrid('v ↦ σ(W v + b + F⁻¹(R · F v)) in each layer, on the grid alone'),
  },
  (read) =>
    (settings: FourierOperatorOptions): OperatorNetwork<FourierOperatorVariables, Tensor> =>
      build(read(settings)),
)

function build(filled: Filled<typeof options>): OperatorNetwork<FourierOperatorVariables, Tensor> {
  const { grid, inputs, outputs, units, channels, layers, projection, coordinates, factorised, dtype } = filled
  const { modes = Math.max(1, Math.min(12, ...grid.map((n) => Math.floor(n / 2)))) } = filled
  const sizes = {
    axes: grid.length,
    inputs,
    outputs,
    channels,
    modes,
    layers,
    projection,
    coordinates,
    factorised,
    dtype,
  }
  return gridOperator(filled, () => fno({ ...sizes, ...units }))
}
