import {
  SpikewardError,
  add,
  coordsPoints,
  coordsShape,
  matmul,
  mul,
  relativeL2,
  reshape,
  sub,
  tensor,
  transpose,
} from '@spikeward/core'
import type { Backend, OperatorNetwork, PointSet, Tensor, Tree } from '@spikeward/core'
import { chipRates, quantise, runChip } from '@spikeward/chip'
import type { Chip, ChipNetwork, FloatMlp, LayerReport, QuantiseOptions } from '@spikeward/chip'
import { type MlpDescription, type NirArray, resetInWords, toDoubles } from '@spikeward/nir'
import type { DeepOnetVariables } from '@spikeward/operators'
import type { Variables } from '@spikeward/train'
import { alignedTable } from '../io/texts.js'
import type { OperatorPart } from './describeRun.js'

const matrixOf = (array: NirArray): { rows: number; columns: number; values: Float64Array } => ({
  rows: array.shape[0]!,
  columns: array.shape[1]!,
  values: toDoubles(array),
})

/** The rule of a reset; a neuron that is never reset, or to another membrane than 0, has no counterpart on a chip. */
function resetOf({ reset, resetMembrane }: MlpDescription['layers'][number]['neuron']): 'zero' | 'subtract' {
  if (reset === 'zero' && resetMembrane !== 0)
    throw new SpikewardError(
      'CLI_NOT_DEPLOYABLE',
      `a spike sets the membranes of this run to ${resetMembrane}, and those of a chip to 0; train without --reset-membrane, or with --reset subtract`,
    )
  if (reset !== 'none') return reset
  throw new SpikewardError(
    'CLI_NOT_DEPLOYABLE',
    'the neurons of this run are never reset, and those of a chip always are; train with --reset zero or subtract',
  )
}

/** The spiking layers of a description. */
export function floatOf({ layers, time }: MlpDescription): FloatMlp {
  if (layers.some(({ feedback }) => feedback !== undefined))
    throw new SpikewardError(
      'CLI_NOT_DEPLOYABLE',
      'the layers of this run are recurrent, and only feed-forward layers are quantised; export the run to NIR, or train without recurrent(…)',
    )
  return {
    time,
    layers: layers.map(({ affine, neuron }) => ({
      weight: matrixOf(affine.weight),
      bias: toDoubles(affine.bias),
      beta: neuron.beta,
      gain: neuron.gain,
      threshold: neuron.threshold,
      reset: resetOf(neuron),
      resetDelayed: neuron.resetDelayed,
      initialMembrane: neuron.initialMembrane === null ? null : toDoubles(neuron.initialMembrane),
    })),
  }
}

export function inputsOf({ normalise }: MlpDescription, { x, count }: PointSet): Float64Array[] {
  const width = x.length / count
  const [middle, factor] =
    normalise === null ? [null, null] : [toDoubles(normalise.middle), toDoubles(normalise.factor)]
  return Array.from({ length: count }, (_, n) =>
    x.slice(n * width, (n + 1) * width).map((v, i) => (middle === null ? v : (v - middle[i]!) * factor[i]!)),
  )
}

/** The readout on the host: shift + scale ∘ ((r − c) W + b), from spike counts [points, neurons]. */
export function readOut({ readout, output, time }: MlpDescription, counts: ArrayLike<number>): Float64Array {
  const { rows, columns, values } = matrixOf(readout.weight)
  const [bias, centre] = [toDoubles(readout.bias), toDoubles(readout.centre)]
  const shift = output === null ? null : toDoubles(output.shift)
  const scale = output === null ? null : toDoubles(output.scale)
  const points = counts.length / rows
  return Float64Array.from({ length: points * columns }, (_, at) => {
    const [n, o] = [Math.floor(at / columns), at % columns]
    let sum = bias[o]!
    for (let i = 0; i < rows; i++) sum += (counts[n * rows + i]! / time - centre[i]!) * values[i * columns + o]!
    return scale === null ? sum : shift![o]! + scale[o]! * sum
  })
}

export type OnChip = { readonly network: ChipNetwork; readonly relativeL2: number }

export async function measureOnChip(
  mlp: MlpDescription,
  chip: Chip,
  options: QuantiseOptions,
  points: { readonly calibration: PointSet; readonly test: PointSet },
  backend: Backend,
): Promise<OnChip> {
  const network = quantise(chip, floatOf(mlp), inputsOf(mlp, points.calibration), options)
  const counts = await runChip(network, inputsOf(mlp, points.test), backend).at(-1)!.data()
  return { network, relativeL2: relativeL2(readOut(mlp, counts), points.test.y) }
}

/**
 * Evenly spaced indices of a list, its first and its last included, at most `count` of them. The points of a row-major
 * grid must not be taken from the front: they would cover a part of the domain.
 */
export function spacedIndices(length: number, count: number): readonly number[] {
  const rows = Math.min(count, length)
  const step = rows > 1 ? (length - 1) / (rows - 1) : 0
  return Array.from({ length: rows }, (_, i) => Math.round(i * step))
}

export type ChipBlock = { readonly mlp: MlpDescription; readonly network: ChipNetwork }

/**
 * The product that the host computes from the codes b of a function and t of a point: u = shift + scale (Σ_k b_k t_k +
 * bias).
 */
export type HostProduct = { readonly bias: number; readonly shift: number; readonly scale: number }

function blockOf({ mlp, network }: ChipBlock, backend: Backend): (x: Tensor) => Tensor {
  const on = (array: NirArray): Tensor => tensor(toDoubles(array), { shape: [...array.shape], dtype: 'f32', backend })
  const rates = chipRates(network, backend)
  const { weight, bias, centre } = mlp.readout
  const [w, b, c] = [on(weight), on(bias), on(centre)]
  const normalise =
    mlp.normalise === null ? null : { middle: on(mlp.normalise.middle), factor: on(mlp.normalise.factor) }
  return (x) => {
    const scaled = normalise === null ? x : mul(sub(x, normalise.middle), normalise.factor)
    return add(matmul(sub(rates(scaled), c), w), b)
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

const resets: Readonly<Record<LayerReport['reset'], string>> = {
  zero: '',
  subtract: '',
  subtractEarlier: '; the chip subtracts it divided by beta in the step of the spike, which gives the same spikes',
  zeroInstead: '; the chip sets it to 0 instead',
}

const inputOf = ({ biasBits }: Chip, { input }: LayerReport): string =>
  input === 'spikes' ? 'spikes' : `constant currents of the host, ${biasBits.mantissa} bits`

/** A network of a run on a chip: the whole run, or a block of its operator network. */
export type ChipPart = {
  readonly name: 'network' | OperatorPart
  readonly mlp: MlpDescription
  readonly network: ChipNetwork
  /** Inputs of the first layer, such as those that a deployment records. */
  readonly inputs: readonly Float64Array[]
}

/** The layers of a run on a chip: cores, what was clipped and rounded, and how inputs and resets are represented. */
export const layerTable = (chip: Chip, parts: readonly Pick<ChipPart, 'name' | 'mlp' | 'network'>[]): string =>
  alignedTable(
    ['layer', 'neurons', 'synapses', 'cores', 'clipped weights', 'RMS error of weights', 'input', 'reset'],
    parts.flatMap(({ name, mlp, network }) =>
      network.report.map((r, l) =>
        [
          name === 'network' ? l : `${name} ${l}`,
          ...[r.neurons, r.synapses, r.cores, r.clipped, r.rmsWeightError.toPrecision(3)],
          ...[inputOf(chip, r), `${resetInWords(mlp.layers[l]!.neuron)}${resets[r.reset]}`],
        ].map(String),
      ),
    ),
  )

export function checkOneOutput({ outputs }: Pick<OperatorNetwork<Variables, Tree>, 'outputs'>): void {
  if (outputs > 1)
    throw new SpikewardError(
      'CLI_NOT_DEPLOYABLE',
      `the network of this run has ${outputs} outputs, and the host joins branch and trunk to one; train a problem with one output`,
    )
}
