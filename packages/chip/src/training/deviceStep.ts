import {
  abs,
  add,
  cast,
  clip,
  div,
  equal,
  matmul,
  max,
  maximum,
  minimum,
  mul,
  shiftRight,
  sub,
  sum,
  transpose,
  where,
  zeros,
  zerosLike,
} from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'
import type { DeviceEstimator } from './deviceEstimator.js'
import { biasSteps, stepOf } from './deviceNetwork.js'
import type { DeviceNetwork, DeviceNeurons, DeviceParams } from './deviceNetwork.js'
import { bitLength, RANDOM_BITS, stochasticShift } from '../integer/integer.js'
import type { DeviceLoss, DeviceReadout } from './loss/deviceLoss.js'
import { hostLoss } from './loss/deviceLoss.js'
import { runDevice } from './runDevice.js'
import { LEVEL_SHIFT, TRACE_SHIFT, biasRange, representableWeights, largestUpdate } from './wordRanges.js'

/** The state that a step changes: parameters and traces of their estimates, integers on the chip. */
export type DeviceState = {
  readonly params: DeviceParams
  readonly trace: DeviceParams
  /** Running means of the largest estimates, layer by layer. */
  readonly level: readonly DeviceLevel[]
  /**
   * Running mean of the differences of losses, i32 scalar, for losses on the chip; losses from the host leave it at 0.
   */
  readonly lossLevel: Tensor
}

/** Running means of the largest estimates of a layer, i32 scalars, which normalise the length of an update. */
type DeviceLevel = { readonly weight: Tensor; readonly bias: Tensor }

/** A step's samples: payloads i32 [N, in] and targets f32 [N, outputs]. */
export type DeviceBatch = { readonly x: Tensor; readonly y: Tensor }

/**
 * Inputs of a step. `rate` is an i32 scalar: the largest update of a layer is about 2^rate weight steps, also below 1.
 */
export type DeviceInputs = {
  readonly neurons: readonly DeviceNeurons[]
  readonly readout: DeviceReadout
  readonly batch: DeviceBatch
  readonly rate: Tensor
}

/** The state before the first step. */
export const deviceState = (params: DeviceParams): DeviceState => ({
  params,
  trace: params.map(({ weight, bias }) => ({ weight: zerosLike(weight), bias: zerosLike(bias) })),
  level: params.map(() => ({ weight: zeros([], 'i32'), bias: zeros([], 'i32') })),
  lossLevel: zeros([], 'i32'),
})

/** Outputs of the host's readout for the last layer's spike counts. */
export function readOutDevice({ time }: DeviceNetwork, readout: DeviceReadout, counts: Tensor): Tensor {
  const rates = div(cast(counts, 'f32'), time)
  return add(matmul(sub(rates, readout.centre), readout.weight), readout.bias)
}

/**
 * The result of a step: the next state, the mean loss of its two evaluations, and the mean gradient of the losses by
 * the readout's weight and bias. The gradient is the delta rule 2 Σₙ (rₙ − c)ᵀ (yₙ − tₙ) / (N · outputs), for a host
 * that trains its readout at the same time.
 */
export type DeviceStepResult = {
  readonly state: DeviceState
  readonly loss: Tensor
  readonly readoutGradient: Pick<DeviceReadout, 'weight' | 'bias'>
}

/**
 * One step of training on the chip, pure and traceable.
 *
 *     d = word(ℓ₊ − ℓ₋),   c = estimate(d),   m ← m − (m >> 4) + (c >> 4),   n ← n + ((max|c| − n) >> 5),   W ← clip(W − q · round(m / 2^s))
 *
 * with q the step of a weight, a stochastic rounding, and a shift s for each layer, from the bit length of its level n
 * and the rate: noise that the trace averages out moves the parameters little. The level is a mean over steps because a
 * single estimate may be small by chance, and the trace divided by it would move the parameters too far: in
 * `deviceSpsa`, all estimates of a step have the same magnitude. Everything except the host's losses is integer: see
 * `checkWords` for the proof that no value leaves its word.
 *
 * @param loss where the two losses are formed: `hostLoss` (default), or `errorNeuron` on the chip
 * @example
 * const step = jit(deviceStep(network, deviceNodePerturbation()))
 * const { state, loss } = step(deviceState(params), given, key(0))
 */
export function deviceStep(
  network: DeviceNetwork,
  estimator: DeviceEstimator,
  loss: DeviceLoss = hostLoss,
): (state: DeviceState, inputs: DeviceInputs, key: Key) => DeviceStepResult {
  return ({ params, trace, level, lossLevel }, { neurons, readout, batch, rate }, key) => {
    const [draw, rounding] = key.split(2) as [Key, Key]
    const samples = batch.x.shape[0]!
    const { plus, minus } = estimator.perturb(network, params, { key: draw, samples })
    const measure = ({ params: p, currents }: typeof plus) => {
      const counts = runDevice(network, neurons, p, batch.x, currents)
      const error = sub(readOutDevice(network, readout, counts.at(-1)!), batch.y)
      const centred = sub(div(cast(counts.at(-1)!, 'f32'), network.time), readout.centre)
      return { counts, error, weight: matmul(transpose(centred), error), bias: sum(error, 0) }
    }
    const [up, down] = [measure(plus), measure(minus)]
    const outcome = ({ counts, error }: typeof up) => ({ counts: counts.at(-1)!, error })
    const compared = loss.compare(network, {
      plus: outcome(up),
      minus: outcome(down),
      readout,
      targets: batch.y,
      level: lossLevel,
      key: rounding.fold(network.layers.length),
    })
    const { differences } = compared
    const inputs = (counts: readonly Tensor[]): readonly Tensor[] => [batch.x, ...counts.slice(0, -1)]
    const below = inputs(down.counts)
    const presynaptic = inputs(up.counts).map((x, l) => add(x, below[l]!))
    const estimate = estimator.estimate(network, params, { key: draw, differences, presynaptic })
    const decayed = (m: Tensor, c: Tensor): Tensor =>
      add(sub(m, shiftRight(m, TRACE_SHIFT)), shiftRight(c, TRACE_SHIFT))
    const next = trace.map(({ weight, bias }, l) => ({
      weight: decayed(weight, estimate[l]!.weight),
      bias: decayed(bias, estimate[l]!.bias),
    }))
    const risen = (n: Tensor, c: Tensor): Tensor => {
      const largest = max(abs(c))
      return where(equal(n, 0), largest, add(n, shiftRight(sub(largest, n), LEVEL_SHIFT)))
    }
    const levels = level.map(({ weight, bias }, l) => ({
      weight: risen(weight, estimate[l]!.weight),
      bias: risen(bias, estimate[l]!.bias),
    }))
    const moved = params.map(({ weight, bias }, l) => {
      const layer = network.layers[l]!
      const { weight: m, bias: mb } = next[l]!
      const [kw, kb] = rounding.fold(l).split(2) as [Key, Key]
      const shiftFor = (largest: Tensor, finer: number): Tensor =>
        minimum(RANDOM_BITS, maximum(0, sub(bitLength(largest), add(rate, 1 + finer))))
      const [unit, most] = [stepOf(network, layer), largestUpdate(network) / stepOf(network, layer)]
      const change = mul(clip(stochasticShift(m, shiftFor(levels[l]!.weight, 0), kw), -most, most), unit)
      const changeOfBias = stochasticShift(mb, shiftFor(levels[l]!.bias, biasSteps(network, layer)), kb)
      return {
        weight: clip(sub(weight, change), ...representableWeights(network, layer)),
        bias: clip(sub(bias, changeOfBias), ...biasRange(network)),
      }
    })
    const [, outputs] = batch.y.shape
    // 2/(N · outputs) of each evaluation, and the mean of the two.
    const both = (a: Tensor, b: Tensor): Tensor => mul(1 / (samples * outputs!), add(a, b))
    const readoutGradient = { weight: both(up.weight, down.weight), bias: both(up.bias, down.bias) }
    const state = { params: moved, trace: next, level: levels, lossLevel: compared.level }
    return { state, loss: compared.loss, readoutGradient }
  }
}
