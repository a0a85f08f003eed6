import type { Backend } from '@spikeward/core'
import type { HostDecoder, ReadoutNumbers, WordUse } from '@spikeward/chip'
import type { MlpDescription } from '@spikeward/nir'
import { pointsOf } from '@spikeward/problems'
import type { DeepOnetVariables } from '@spikeward/operators'
import type { OperatorExperiment } from '../../assembly/experiment.js'
import { type DescribedRun, type OperatorPart, describePart, mapped, operatorParts, vector } from '../describeRun.js'
import { checkOneOutput, inputsOf, productNetwork, productOf, readOut, spacedIndices } from '../onChip.js'
import type { HostProduct } from '../onChip.js'
import { onDevice, withLearned, withReadout } from './onDevice.js'
import type { ChipTraining, OnDevice, Samples, Watch } from './onDevice.js'
import { type OperatorTargets, type TrainedOnChip, type TrainedPart, operatorTargets } from './trainOnChip.js'

const OUTPUTS = 512

const MIN_GAIN = 0.1

/** Inputs of a part and its description, brought to the interval [−1, 1] that payloads span. */
type PartInputs = { readonly mlp: MlpDescription; readonly x: readonly Float64Array[] }

/**
 * A network whose inputs lie in [−1, 1]: larger ones are divided by the largest, and the first weights multiplied by
 * it.
 */
function inUnitInterval({ mlp, x }: PartInputs): PartInputs {
  const largest = x.reduce((most, row) => row.reduce((m, v) => Math.max(m, Math.abs(v)), most), 1)
  const [first, ...above] = mlp.layers
  const inputs = first!.affine.weight.shape[0]!
  const { middle, factor } = mlp.normalise ?? {
    middle: vector(new Float64Array(inputs)),
    factor: vector(new Float64Array(inputs).fill(1)),
  }
  const weight = mapped(first!.affine.weight, (v) => v * largest)
  return {
    x: x.map((row) => row.map((v) => v / largest)),
    mlp: {
      ...mlp,
      normalise: { middle, factor: mapped(factor, (v) => v * (1 / largest)) },
      layers: [{ ...first!, affine: { ...first!.affine, weight } }, ...above],
    },
  }
}

async function partsOf(run: DescribedRun, experiment: OperatorExperiment): Promise<Record<OperatorPart, PartInputs>> {
  const {
    problem,
    blocks: { received },
  } = experiment
  const [branch, trunk] = [await describePart(run, 'branch'), await describePart(run, 'trunk')]
  const { x } = pointsOf(problem.at)
  const { sensors, count } = received
  return {
    branch: inUnitInterval({ mlp: branch, x: inputsOf(branch, { x: sensors, y: sensors, count, grid: null }) }),
    trunk: inUnitInterval({
      mlp: trunk,
      x: inputsOf(trunk, { x, y: x, count: x.length / problem.axes.length, grid: null }),
    }),
  }
}

async function codesAt(device: OnDevice, { mlp, x }: PartInputs): Promise<readonly Float64Array[]> {
  const flat = readOut(withReadout(mlp, device.readout()), await device.counts(x))
  const codes = flat.length / x.length
  return x.map((_, i) => flat.slice(i * codes, (i + 1) * codes))
}

/** Codes as the columns of a decoder, each with a weight: z D + d = weight · (z · code + bias). */
function decoderOf(codes: readonly Float64Array[], weights: ArrayLike<number>, bias: number): HostDecoder {
  const weight = new Float64Array(codes[0]!.length * codes.length)
  codes.forEach((code, o) => code.forEach((v, k) => (weight[k * codes.length + o] = weights[o]! * v)))
  return { weight, bias: Float64Array.from(codes, (_, o) => weights[o]! * bias) }
}

/**
 * The samples of a part, whose other part is held: a step compares losses of one network, because the codes of the
 * other one are constants of the host. The branch has a sample for each function and an output for each point, and the
 * trunk vice versa.
 */
function samplesOf(
  part: OperatorPart,
  { x }: PartInputs,
  { values, gain }: OperatorTargets,
  other: readonly Float64Array[],
  { bias, shift, scale }: HostProduct,
): Samples {
  const points = gain.length
  const at = (n: number, p: number): number => (values[n * points + p]! - shift) / scale
  const outputs = spacedIndices(other.length, OUTPUTS)
  const codes = outputs.map((o) => other[o]!)
  if (part === 'branch') {
    const weights = outputs.map((p) => gain[p]!)
    const y = Float64Array.from(x.flatMap((_, n) => outputs.map((p) => gain[p]! * at(n, p))))
    return { x, y, decoder: decoderOf(codes, weights, bias) }
  }
  const learned = x.map((_, p) => p).filter((p) => gain[p]! >= MIN_GAIN)
  const weights = outputs.map(() => 1)
  return {
    x: learned.map((p) => x[p]!),
    y: Float64Array.from(learned.flatMap((p) => outputs.map((n) => at(n, p)))),
    decoder: decoderOf(codes, weights, bias),
  }
}

const otherThan = (part: OperatorPart): OperatorPart => (part === 'branch' ? 'trunk' : 'branch')

/**
 * Puts branch and trunk of an operator network on a simulated chip and trains the named parts there, one after the
 * other. The host holds the codes of the other part, and multiplies the two.
 *
 * @param learning the parts that learn, in this order
 * @throws CHIP_GRADED, CHIP_RANGE, CHIP_LIMIT, CHIP_SOFT_RESET, CHIP_WIDTH, CHIP_ESTIMATOR; CLI_NOT_DEPLOYABLE
 */
export async function trainOperatorOnChip(
  run: DescribedRun & { readonly backend: Backend },
  experiment: OperatorExperiment,
  learning: readonly OperatorPart[],
  how: ChipTraining,
  watch: Watch,
): Promise<TrainedOnChip> {
  checkOneOutput(experiment.network)
  const inputs = await partsOf(run, experiment)
  const product = await productOf(run.variables as DeepOnetVariables)
  const targets = await operatorTargets(experiment)
  const devices = {
    branch: await onDevice('branch', inputs.branch.mlp, how, run.backend),
    trunk: await onDevice('trunk', inputs.trunk.mlp, how, run.backend),
  }
  const errorWith = async (readouts: Readonly<Record<OperatorPart, ReadoutNumbers>>): Promise<number> => {
    const blocks = { branch: devices.branch.block(readouts.branch), trunk: devices.trunk.block(readouts.trunk) }
    const network = productNetwork(experiment.network, blocks, product)
    return (await experiment.blocks.measure(network, run.variables, 'test')).relativeL2
  }
  const readouts = () => ({ branch: devices.branch.readout(), trunk: devices.trunk.readout() })
  const samplesNow = async (part: OperatorPart): Promise<Samples> => {
    const other = otherThan(part)
    return samplesOf(part, inputs[part], targets, await codesAt(devices[other], inputs[other]), product)
  }
  const before = await errorWith(readouts())
  const uses: Partial<Record<OperatorPart, readonly WordUse[]>> = {}
  let steps = 0
  for (const part of learning) {
    const trained = await devices[part].train(await samplesNow(part), watch)
    uses[part] = trained.uses
    steps += trained.steps
  }
  const after = await errorWith(readouts())
  const solved = await errorWith({ ...readouts(), branch: await devices.branch.solved(await samplesNow('branch')) })
  const parts: TrainedPart[] = []
  for (const name of operatorParts) {
    const { arrays } = devices[name]
    const [words, readout] = [await devices[name].words(), devices[name].readout()]
    const learned = withLearned(inputs[name].mlp, arrays, words, readout)
    parts.push({ name, arrays, words, readout, learned, uses: uses[name] ?? [] })
    devices[name].dispose()
  }
  return { parts, product, errors: { before, after, solved }, steps, planned: learning.length * how.steps }
}
