import { SpikewardError, boxMuller, cast, jit, mean, mul, square, sub, tensor } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import type { ChipStepper } from './chipStepper.js'
import { fieldWords, runStepper, stepperUnits } from './runStepper.js'
import type { StepperUnits } from './runStepper.js'

/** The same words on an imperfect chip: each weight and each threshold with a factor 1 + σg, g normally distributed. */
export function withStepperMismatch(
  network: ChipStepper,
  { spread, uniform }: { readonly spread: number; readonly uniform: () => number },
): (stepper: ChipStepper) => ChipStepper {
  if (!(spread >= 0 && spread <= 1))
    throw new SpikewardError('INVALID_OPTION', `withStepperMismatch: spread is ${spread}; it must lie between 0 and 1`)
  const factors = (n: number): number[] =>
    Array.from({ length: n }, () => Math.max(0, 1 + spread * boxMuller(uniform(), uniform())))
  const differences = network.layers.map(({ weights, vth }) => [factors(weights.length), factors(vth.length)] as const)
  return (stepper) => ({
    ...stepper,
    layers: stepper.layers.map((layer, l) => ({
      ...layer,
      weights: layer.weights.map((w, i) => Math.round(w * differences[l]![0][i]!)),
      vth: layer.vth.map((t, i) => Math.max(1, Math.round(t * differences[l]![1][i]!))),
    })),
  })
}

/** Options of {@link tuneStepper}. */
export interface StepperTuning {
  /** The words as the chip computes with them; see {@link withStepperMismatch}. */
  readonly onChip: (stepper: ChipStepper) => ChipStepper
  /** Trajectories [1 + steps, count, …cells, channels] that the network learns, row-major. */
  readonly fields: Float64Array
  readonly count: number
  /** Perturbations; each takes two runs of `batch` trajectories. */
  readonly steps: number
  readonly batch: number
  /** Uniform numbers in [0, 1), such as those of a generator with a key. */
  readonly uniform: () => number
  /** Whether signs of the differences are random: the baseline that learns nothing. Default: no. */
  readonly randomSigns?: boolean
  readonly backend: Backend
}

/** A perturbation moves a parameter by this many of its units. */
const MOVE = 8
/** The largest update, in units of a parameter. */
const LARGEST = 4

type Kind = 'gain' | 'offset' | 'threshold'

/** The parameters of a layer: gains and offsets of its receivers, thresholds of its senders. */
const kindsOf = ({ layers }: ChipStepper): readonly (readonly [Kind, number, number])[] =>
  layers.flatMap(({ inputs, outputs }, l) =>
    (['gain', 'offset', 'threshold'] as const).flatMap((kind) =>
      Array.from({ length: kind === 'threshold' ? inputs : outputs }, (_, c) => [kind, l, c] as const),
    ),
  )

/** The network with these parameters, whole numbers that are 0 before the tuning. */
function moved(network: ChipStepper, at: readonly number[]): ChipStepper {
  const { chip, increment } = network
  const one = 2 ** (chip.decayBits - 1)
  const layers = network.layers.map((layer) => ({
    ...{ ...layer, vth: layer.vth.slice(), bias: layer.bias.slice() },
    gains: layer.gains?.slice() ?? new Int32Array(layer.outputs).fill(one),
  }))
  const outBias = network.outBias.slice()
  // A move of a last offset raises its field in each step by 2^−5 of its threshold.
  const [field] = network.layers
  const rise = 2 ** field!.stateExp / (increment.multiplier * 2 ** (increment.shift - chip.decayBits))
  for (const [i, [kind, l, c]] of kindsOf(network).entries()) {
    const [p, layer, next] = [at[i]!, layers[l]!, layers[l + 1]]
    if (kind === 'gain') layer.gains[c] = Math.max(0, Math.min(2 * one, layer.gains[c]! + 4 * p))
    else if (kind === 'threshold')
      layer.vth[c] = Math.max(1, Math.round(layer.vth[c]! * Math.max(1 / 8, 1 + p / 2 ** 7)))
    else if (next === undefined) outBias[c] = outBias[c]! + Math.round((p * rise * field!.vth[c]!) / 2 ** 8)
    else next.bias[c] = next.bias[c]! + Math.round((p * Math.max(1, next.vth[c]!)) / 2 ** 3)
  }
  return { ...network, layers, outBias }
}

/**
 * Fine-tunes gains, offsets and thresholds of a time-stepper's channels on a chip that differs from its words, forward
 * only: all parameters move at once by ±Δ (simultaneous perturbation, Spall 1992), and the difference of the losses of
 * two rollouts is added to them with these signs, in whole numbers. The steps halve at 1/2, 3/4 and 7/8. Of the
 * parameters after each tenth of the steps, and the first ones, those with the least error on all fields are returned.
 *
 * @returns the words to hold, and the root mean square errors on all fields: before and after
 * @throws INVALID_ARGUMENT for few-spike units: their thresholds are the values of the digits that they send, so a
 *   threshold that moved alone would change the code
 * @example
 * const onChip = withStepperMismatch(network, { spread: 0.2, uniform })
 * const { stepper } = await tuneStepper(network, { onChip, fields, count: 16, steps: 300, batch: 4, uniform, backend })
 */
export async function tuneStepper(
  network: ChipStepper,
  { onChip, fields, count, steps, batch, uniform, randomSigns = false, backend }: StepperTuning,
): Promise<{ readonly stepper: ChipStepper; readonly before: number; readonly after: number }> {
  if (network.cycle !== null)
    throw new SpikewardError(
      'INVALID_ARGUMENT',
      'tuneStepper: few-spike units have no thresholds to tune; give a time-stepper in sigma–delta form',
    )
  const channels = network.layers[0]!.inputs
  const cells = network.cells.reduce((a, b) => a * b, channels)
  const frames = fields.length / (count * cells)
  const { fieldScale } = network
  const loss = jit((units: StepperUnits, start: Tensor, truth: Tensor): Tensor => {
    const run = runStepper(onChip(network), start, frames - 1, backend, units)
    return mean(square(sub(mul(cast(run.fields, 'f32'), 1 / fieldScale), truth)))
  })
  const errorOf = async (stepper: ChipStepper, chosen: readonly number[]): Promise<number> => {
    const rows = (from: number, to: number): Float64Array =>
      Float64Array.from({ length: (to - from) * chosen.length * cells }, (_, i) => {
        const [frame, row] = [from + Math.floor(i / (chosen.length * cells)), Math.floor(i / cells) % chosen.length]
        return fields[(frame * count + chosen[row]!) * cells + (i % cells)]!
      })
    const shape = [chosen.length, ...network.cells, channels]
    const start = tensor(fieldWords(network, rows(0, 1)), { shape, dtype: 'i32', backend })
    const truth = tensor(rows(1, frames), { shape: [frames - 1, ...shape], dtype: 'f32', backend })
    return loss(stepperUnits(onChip(stepper), backend), start, truth).item()
  }
  const all = Array.from({ length: count }, (_, i) => i)
  const start = moved(
    network,
    kindsOf(network).map(() => 0),
  )
  let at = kindsOf(network).map(() => 0)
  const first = await errorOf(start, all)
  let best = { stepper: network, loss: first }
  for (let step = 0; step < steps; step++) {
    const signs = at.map(() => (uniform() < 0.5 ? -1 : 1))
    const chosen = Array.from({ length: Math.min(batch, count) }, () => Math.floor(uniform() * count))
    const [plus, minus] = await Promise.all(
      [MOVE, -MOVE].map((by) =>
        errorOf(
          moved(
            network,
            at.map((p, i) => p + by * signs[i]!),
          ),
          chosen,
        ),
      ),
    )
    const halvings = [0.5, 0.75, 0.875].filter((share) => step >= share * steps).length
    const relative = (plus! - minus!) / (plus! + minus!)
    const signed = randomSigns && uniform() < 0.5 ? -relative : relative
    const by = Math.round(Math.max(-LARGEST, Math.min(LARGEST, 2 * LARGEST * signed)) / 2 ** halvings)
    at = at.map((p, i) => p - by * signs[i]!)
    if ((step + 1) % Math.ceil(steps / 10) !== 0) continue
    const stepper = moved(network, at)
    const error = await errorOf(stepper, all)
    if (error < best.loss) best = { stepper, loss: error }
  }
  loss.dispose()
  return { stepper: best.stepper, before: Math.sqrt(first), after: Math.sqrt(best.loss) }
}
