import { SpikewardError } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'
import { checkWord } from '../integer/integer.js'
import type { WeightFormat } from '../synapse/dense.js'
import { constantCurrents } from './floatMlp.js'
import type { FloatLayer, FloatMlp } from './floatMlp.js'
import { placeLayers } from './placeLayers.js'
import type { Placement } from './placeLayers.js'
import { checkMlp } from './checkMlp.js'
import { largestOf, quantiseWeights, scaleLayer, subtractedBy } from './scaleLayer.js'

/** A layer in the integers of a chip. */
export interface ChipLayer {
  /** [in, out], as held; null for the first layer, whose currents come from the host. */
  readonly weights: Int32Array | null
  readonly format: WeightFormat
  readonly inputs: number
  readonly neurons: number
  readonly dv: number
  /** Threshold in units of 2^stateShift. */
  readonly vth: number
  /** Mantissas of the biases, [out]; 0 for the first layer, whose biases are part of the host's currents. */
  readonly biasMant: Int32Array
  readonly biasExp: number
  /** The amount that a spike subtracts from the membrane, in the state's unit; null if it sets the membrane to 0. */
  readonly resetBy: number | null
  readonly initialMembrane: Int32Array
  /** Integer units, before the state's shift, for a membrane of 1. */
  readonly scale: number
}

/** The result of converting a layer. */
export interface LayerReport extends Placement {
  /** Weights outside the chip's range. */
  readonly clipped: number
  /** Root mean square of the error of the weights, in their own unit. */
  readonly rmsWeightError: number
  /** β according to the chip's decay. */
  readonly beta: number
  /**
   * The input of the neurons: constant currents that the host computes, in the words of biases, or spikes of the layer
   * below.
   */
  readonly input: 'hostCurrents' | 'spikes'
  /**
   * How a reset is represented: `zero` and `subtract` as trained; `subtractEarlier`, a delayed reset as one of θ/β in
   * the step of the spike; `zeroInstead`, a reset by subtraction that was converted.
   */
  readonly reset: 'zero' | 'subtract' | 'subtractEarlier' | 'zeroInstead'
}

/** A network in the integers of a chip. */
export interface ChipNetwork {
  readonly chip: Chip
  readonly layers: readonly ChipLayer[]
  readonly time: number
  /** The first layer as it was trained: the host computes its currents. */
  readonly input: Pick<FloatLayer, 'weight' | 'bias' | 'gain'>
  readonly report: readonly LayerReport[]
}

/** Options of {@link quantise}. */
export interface QuantiseOptions {
  /** Bits of a weight, including its sign; default the chip's. */
  readonly bits?: number
  /**
   * The treatment of a reset by subtraction on a chip without one: `refuse` (default) throws, `convert` sets the
   * membrane to 0 instead, which changes the network.
   */
  readonly softReset?: 'refuse' | 'convert'
}

function resetOf(chip: Chip, layer: FloatLayer, choice: QuantiseOptions['softReset']): number | null {
  if (layer.reset === 'zero') return null
  if (chip.softReset) return subtractedBy(layer)
  if (choice === 'convert') return null
  throw new SpikewardError(
    'CHIP_SOFT_RESET',
    `neurons of ${chip.name} reset the membrane to 0 after a spike, but this network subtracts the threshold; train with reset 'zero', choose a chip with soft reset, or convert it: { softReset: 'convert' }`,
  )
}

/** How the reset of a layer is represented, given what a spike subtracts on the chip. */
function representedReset({ reset, resetDelayed }: FloatLayer, resetBy: number | null): LayerReport['reset'] {
  if (reset === 'zero') return 'zero'
  if (resetBy === null) return 'zeroInstead'
  return resetDelayed ? 'subtractEarlier' : 'subtract'
}

/**
 * Converts a trained perceptron to the integers of a chip. Each layer has its own scale, as fine as its threshold,
 * currents and weights allow. Weights are rounded to the nearest representable value. The host computes the constant
 * currents of the first layer and the readout.
 *
 * @param calibration inputs of the network, one array each, that cover its future inputs: they bound the currents of
 * the first layer
 * @throws CHIP_RANGE if no scale fits; CHIP_LIMIT if the chip has too few cores or inputs; CHIP_SOFT_RESET;
 * INVALID_ARGUMENT for a network with other numbers than those of a perceptron
 * @example
 * const onChip = quantise(loihi2, mlp, points, { bits: 6 })
 * onChip.report.map(({ cores, rmsWeightError }) => [cores, rmsWeightError])
 */
export function quantise(
  chip: Chip,
  mlp: FloatMlp,
  calibration: readonly ArrayLike<number>[],
  options: QuantiseOptions = {},
): ChipNetwork {
  const { softReset = 'refuse' } = options
  const bits = checkWord('the number of weight bits', options.bits ?? chip.weightBits, 2, chip.weightBits, chip.name)
  checkMlp('quantise', mlp)
  const first = mlp.layers[0]!
  if (calibration.length === 0)
    throw new SpikewardError('INVALID_ARGUMENT', 'quantise: there is no calibration input; give at least one')
  calibration.forEach((x, i) => {
    const [length, at] = [x.length, Array.from(x).findIndex((v) => !Number.isFinite(v))]
    const refuse = (what: string): SpikewardError =>
      new SpikewardError(
        'INVALID_ARGUMENT',
        `quantise: calibration input ${i} ${what}; give ${first.weight.rows} finite numbers each`,
      )
    if (length !== first.weight.rows) throw refuse(`has ${length} numbers`)
    if (at !== -1) throw refuse(`has ${x[at]} at ${at}`)
  })
  const placements = placeLayers(
    chip,
    mlp.layers.map((layer) => layer.bias.length),
    bits,
  )
  const unit = 2 ** chip.stateShift
  const layers = mlp.layers.map((layer, l) => {
    const isFirst = l === 0
    const currents = isFirst
      ? largestOf(calibration.map((x) => largestOf(constantCurrents(layer, x))))
      : largestOf(layer.bias)
    const scaled = scaleLayer(chip, layer, currents, bits, isFirst)
    const { scale, format, biasExp } = scaled
    const { weights, clipped, rmsError } = quantiseWeights(chip, layer, scaled)
    const dv = Math.min(2 ** chip.decayBits - 1, Math.round((1 - layer.beta) * 2 ** chip.decayBits))
    const resetBy = resetOf(chip, layer, softReset)
    const n = layer.bias.length
    const chipLayer: ChipLayer = {
      weights: isFirst ? null : weights,
      format,
      inputs: layer.weight.rows,
      neurons: n,
      dv,
      vth: Math.round(layer.threshold * scale),
      biasMant: isFirst
        ? new Int32Array(n)
        : Int32Array.from(layer.bias, (b) => Math.round((b * layer.gain * scale * unit) / 2 ** biasExp)),
      biasExp,
      resetBy: resetBy === null ? null : Math.round(resetBy * scale * unit),
      initialMembrane:
        layer.initialMembrane === null
          ? new Int32Array(n)
          : Int32Array.from(layer.initialMembrane, (u) => Math.round(u * scale * unit)),
      scale,
    }
    const report: LayerReport = {
      ...placements[l]!,
      clipped: isFirst ? 0 : clipped,
      rmsWeightError: isFirst ? 0 : rmsError,
      beta: 1 - dv / 2 ** chip.decayBits,
      input: isFirst ? 'hostCurrents' : 'spikes',
      reset: representedReset(layer, resetBy),
    }
    return { chipLayer, report }
  })
  return {
    chip,
    layers: layers.map((m) => m.chipLayer),
    time: mlp.time,
    input: { weight: first.weight, bias: first.bias, gain: first.gain },
    report: layers.map((m) => m.report),
  }
}
