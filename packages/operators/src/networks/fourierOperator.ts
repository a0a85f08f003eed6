import {
  SpikewardError,
  defineFactory,
  defineOptions,
  either,
  flag,
  integer,
  none,
  opaque,
  reshape,
} from '@spikeward/core'
import type { Filled, OperatorNetwork, OptionsOf, Tensor, Variables } from '@spikeward/core'
import type { SpikingUnits } from '../blocks/modifiedBlock.js'
import { columnNormaliser } from '../shared/columnNormaliser.js'
import { dtypeOption, has, outputOption, outputsOption } from '../shared/networkOptions.js'
import { finish, outputMaker } from '../shared/outputScale.js'
import type { OutputFixed } from '../shared/outputScale.js'
import { branchOptions } from '../sides/branchSide.js'
import { fno } from './fno.js'
import type { FnoParams } from './fno.js'

const isGrid = (x: unknown): x is readonly number[] =>
  Array.isArray(x) && x.length >= 1 && x.length <= 3 && x.every((n) => Number.isInteger(n) && n >= 1)

const isUnits = (x: unknown): x is SpikingUnits => has(x, 'neuron', 'surrogate', 'time')

/** Options of {@link fourierOperator}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  grid: opaque('one to three whole numbers of at least 1', isGrid, {
    required: true,
    help: 'points along each axis of the grid of sensors and solutions',
  }),
  outputs: outputsOption,
  channels: integer({ min: 1, default: 24, help: 'channels of the hidden functions' }),
  modes: integer({ min: 1, default: 12, help: 'Fourier modes along each axis' }),
  layers: integer({ min: 1, default: 4, help: 'Fourier layers' }),
  projection: integer({ min: 1, default: 128, help: 'neurons of the hidden layer behind the last Fourier layer' }),
  coordinates: flag({ default: true, help: 'give the coordinates as inputs as well' }),
  units: either(
    opaque('{ neuron, surrogate, time }', isUnits, {
      computed: 'none: GELU',
      help: 'neurons whose rate is the activation',
    }),
    none,
  ),
  input: branchOptions.input,
  output: outputOption,
  dtype: dtypeOption,
}))

/** Options of {@link fourierOperator}. */
export type FourierOperatorOptions = OptionsOf<typeof options>

/** Variables of a Fourier neural operator of sensor values. */
export type FourierOperatorVariables = Variables<FnoParams, { readonly output: OutputFixed }>

/**
 * The Fourier neural operator {@link fno} as a network of sensor values, for problems whose sensors and points are the same grid:
 *
 *     u(f) = shift + scale · fno((f − m)/s, x)
 *
 * `encode` computes the whole field, and `decode` returns it: the output is known on the grid alone. The network learns from data only.
 * A grid with the same numbers of points is taken for its grid; the places are not compared.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH for points off the grid, and for functions with another number of sensors
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
    facts: {
      output: 'v ↦ σ(W v + b + F⁻¹(R · F v)) in each layer, on the grid alone',
      learns: 'functions on one grid',
      separable: false,
    },
  },
  (read) =>
    (given: FourierOperatorOptions): OperatorNetwork<FourierOperatorVariables, Tensor> =>
      build(read(given)),
)

function build(filled: Filled<typeof options>): OperatorNetwork<FourierOperatorVariables, Tensor> {
  const name = 'fno'
  const { grid, outputs, units, input, output, ...sizes } = filled
  const axes = grid.length
  const count = grid.reduce((a, b) => a * b, 1)
  const normalise = columnNormaliser(input)
  const scaleOf = outputMaker(name, outputs, output, filled.dtype)
  const { channels, modes, layers, projection, coordinates, dtype } = sizes
  const inner = fno({
    ...{ axes, outputs, channels, modes, layers, projection, coordinates, dtype },
    ...units,
  })
  const shape = grid.join(' × ')
  const network: OperatorNetwork<FourierOperatorVariables, Tensor> = {
    name,
    axes,
    outputs,
    coordinates: { spikes: false, smoothness: -1 },
    satisfies: [],
    init: (key) => ({ trained: inner.init(key), fixed: { output: scaleOf() } }),
    encode({ trained, fixed }, f) {
      if (f.ndim !== 2 || f.shape[1] !== count) {
        throw new SpikewardError(
          'SHAPE_MISMATCH',
          `${name}: input functions of shape [${f.shape.join(', ')}]; expected [N, ${count}], the values on the grid of ${shape} points`,
        )
      }
      return finish(inner.apply(trained, reshape(normalise(f), [f.shape[0]!, ...grid, 1])), 0, fixed.output)
    },
    decode(_, z, at) {
      if (at.kind === 'grid' && at.axes.every((x, a) => x.shape[0] === grid[a]) && at.axes.length === axes) return z
      const found = at.kind === 'grid' ? `a grid of ${at.axes.map((x) => x.shape[0]).join(' × ')}` : 'scattered points'
      throw new SpikewardError(
        'SHAPE_MISMATCH',
        `${name}: its output is known on its own grid of ${shape} points, and ${found} was given; evaluate on that grid, without a choice of points, or take deeponet`,
      )
    },
    apply: (v, f, at) => network.decode(v, network.encode(v, f), at),
  }
  return network
}
