import { type PointSet, SpikewardError } from '@spikeward/core'
import { type Chip, type QuantiseOptions, quantise } from '@spikeward/chip'
import { type MlpDescription, resetInWords } from '@spikeward/nir'
import { pointsOf } from '@spikeward/problems'
import type { DeepOnetVariables } from '@spikeward/operators'
import type { OperatorExperiment } from '../../assembly/experiment.js'
import type { OpenedRun } from '../run/openFinished.js'
import { describePart, describeRun, operatorParts } from '../../deployment/describeRun.js'
import { type ChipPart, type HostProduct, checkOneOutput, floatOf, inputsOf } from '../../deployment/onChip.js'
import { measureOnChip, operatorOnChip, productOf, spacedIndices } from '../../deployment/onChip.js'

export type RunOnChip = {
  readonly parts: readonly ChipPart[]
  /** How the host joins branch and trunk; null for a function of points. */
  readonly product: HostProduct | null
  readonly relativeL2: number
  readonly relativeL2Trained: number
}

/**
 * The most inputs on which the scales of an operator's blocks are calibrated; they are spread over all functions, or
 * over the domain.
 */
const CALIBRATION = 1024

function checkReset(chip: Chip, { layers }: MlpDescription, { softReset }: QuantiseOptions): void {
  const subtracting = layers.find(({ neuron }) => neuron.reset === 'subtract')
  if (chip.softReset || softReset === 'convert' || subtracting === undefined) return
  throw new SpikewardError(
    'CHIP_SOFT_RESET',
    `a spike on ${chip.name} sets the membrane to 0, but in this network ${resetInWords(subtracting.neuron)}; train with --reset zero, choose --chip loihi2, or convert it with --convert-reset`,
  )
}

const rows = (all: Float64Array, width: number): PointSet => {
  const rows = spacedIndices(all.length / width, CALIBRATION)
  const count = rows.length
  const x = new Float64Array(count * width)
  for (const [to, from] of rows.entries()) x.set(all.subarray(from * width, (from + 1) * width), to * width)
  return { x, y: new Float64Array(count), count, grid: null }
}

async function operatorRun(
  run: OpenedRun,
  experiment: OperatorExperiment,
  chip: Chip,
  options: QuantiseOptions,
): Promise<RunOnChip> {
  const { problem, network, blocks } = experiment
  const { received } = blocks
  checkOneOutput(network)
  const inputs = {
    branch: rows(received.sensors, received.sensors.length / received.count),
    trunk: rows(pointsOf(problem.at).x, problem.axes.length),
  }
  const parts: ChipPart[] = []
  for (const name of operatorParts) {
    const mlp = await describePart(run, name)
    checkReset(chip, mlp, options)
    const own = inputsOf(mlp, inputs[name])
    parts.push({ name, mlp, network: quantise(chip, floatOf(mlp), own, options), inputs: own })
  }
  const [branch, trunk] = parts as [ChipPart, ChipPart]
  const product = await productOf(run.variables as DeepOnetVariables)
  const onChip = operatorOnChip(network, { branch, trunk }, product, run.backend)
  const { relativeL2 } = await blocks.measure(onChip, run.variables, 'test')
  const trainedError = (await experiment.measure(run.variables, 'test')).relativeL2
  return { parts, product, relativeL2, relativeL2Trained: trainedError }
}

/**
 * Quantises what a run has trained for a chip, and measures it on the test points or test functions, bit-accurately.
 *
 * @throws CLI_NOT_DEPLOYABLE; CHIP_SOFT_RESET, CHIP_LIMIT, CHIP_RANGE
 */
export async function quantiseRun(run: OpenedRun, chip: Chip, options: QuantiseOptions): Promise<RunOnChip> {
  const { experiment } = run.parts
  if (experiment.blocks !== null) return operatorRun(run, experiment, chip, options)
  const mlp = await describeRun(run)
  checkReset(chip, mlp, options)
  const points = { calibration: experiment.problem.points('train'), test: experiment.problem.points('test') }
  const { network, relativeL2 } = await measureOnChip(mlp, chip, options, points, run.backend)
  const relativeL2Trained = (await experiment.measure(run.variables, 'test')).relativeL2
  const inputs = inputsOf(mlp, points.test)
  return { parts: [{ name: 'network', mlp, network, inputs }], product: null, relativeL2, relativeL2Trained }
}
