import {
  abs,
  add,
  bits,
  cast,
  clip,
  div,
  equal,
  floor,
  greaterEqual,
  logicalAnd,
  matmul,
  max,
  maximum,
  mean,
  minimum,
  mul,
  shiftRight,
  sqrt,
  square,
  sub,
  sum,
  transpose,
  where,
  zeros,
  zerosLike,
} from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'
import { LARGEST_DIFFERENCE } from './deviceEstimators.js'
import type { DeviceEstimator } from './deviceEstimator.js'
import { biasSteps, stepOf } from './deviceNetwork.js'
import type { DeviceNetwork, DeviceNeurons, DeviceParams } from './deviceNetwork.js'
import { runDevice } from './runDevice.js'
import { LEVEL_SHIFT, TRACE_SHIFT, biasRange, heldRange } from './wordRanges.js'

/** What changes in a step: parameters and traces of their estimates, integers on the chip. */
export type DeviceState = {
  readonly params: DeviceParams
  readonly trace: DeviceParams
  /** Running means of the largest estimates, layer by layer. */
  readonly level: readonly DeviceLevel[]
}

/** Running means of the largest estimates of a layer, i32 scalars: what the length of an update is relative to. */
type DeviceLevel = { readonly weight: Tensor; readonly bias: Tensor }

/** The readout on the host: y = (counts / T − centre) W + b. */
export type DeviceReadout = { readonly weight: Tensor; readonly bias: Tensor; readonly centre: Tensor }

/** A step's samples: payloads i32 [N, in] and targets f32 [N, outputs]. */
export type DeviceBatch = { readonly x: Tensor; readonly y: Tensor }

/** Inputs of a step. `rate` is an i32 scalar: the largest update of a layer is about 2^rate weight steps, also below 1. */
export type DeviceGiven = {
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
})

/** Outputs of the host's readout for the last layer's spike counts. */
export function readOutDevice({ time }: DeviceNetwork, readout: DeviceReadout, counts: Tensor): Tensor {
  const rates = div(cast(counts, 'f32'), time)
  return add(matmul(sub(rates, readout.centre), readout.weight), readout.bias)
}

/** Number of bits of a magnitude, i32: 0 of 0, 1 of 1, 2 of 2 and 3, … */
const bitLength = (x: Tensor): Tensor =>
  Array.from({ length: 31 }, (_, b) => cast(greaterEqual(x, 2 ** b), 'i32')).reduce((n, bit) => add(n, bit))

/**
 * x / 2^s rounded up or down at random, with x / 2^s as its mean: ⌊(x + r) / 2^s⌋ with r uniform in 0 … 2^s − 1.
 *
 * @param x i32, |x| < 2^25
 * @param s i32 scalar, 0 … 30
 */
export function stochasticShift(x: Tensor, s: Tensor, key: Key): Tensor {
  const mask = sub(shiftRight(2 ** 30, sub(30, s)), 1)
  const r = logicalAnd(cast(shiftRight(bits(key, x.shape), 2), 'i32'), mask)
  return shiftRight(add(x, r), s)
}

/** Differences of losses as words of 8 bits: ±127 is four times their root mean square. The host computes them. */
function wordsOf(differences: Tensor): Tensor {
  const rms = sqrt(mean(square(differences)))
  const scaled = mul(differences, div(LARGEST_DIFFERENCE, maximum(mul(4, rms), 1e-30)))
  return cast(floor(add(clip(scaled, -LARGEST_DIFFERENCE, LARGEST_DIFFERENCE), 0.5)), 'i32')
}

/**
 * The result of a step: the next state, the mean loss of its two evaluations, and the mean gradient of the losses by the readout's weight
 * and bias. The gradient is the delta rule 2 Σₙ (rₙ − c)ᵀ (yₙ − tₙ) / (N · outputs), for a host that learns its readout beside the chip.
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
 * with q the step of a weight, a stochastic rounding, and a shift s for each layer, from the bit length of its level n and the rate:
 * noise that the trace averages out moves little. The level is a mean over steps because one estimate may be small by chance, and the
 * trace divided by it would move parameters far: all estimates of `deviceSpsa` in a step have the same magnitude.
 * Everything except the two losses is integer: see `checkWords` for the proof that no value leaves its word.
 *
 * @example
 * const step = jit(deviceStep(network, deviceNodePerturbation()))
 * const { state, loss } = step(deviceState(params), given, key(0))
 */
export function deviceStep(
  network: DeviceNetwork,
  estimator: DeviceEstimator,
): (state: DeviceState, given: DeviceGiven, key: Key) => DeviceStepResult {
  return ({ params, trace, level }, { neurons, readout, batch, rate }, key) => {
    const [draw, rounding] = key.split(2) as [Key, Key]
    const samples = batch.x.shape[0]!
    const { plus, minus } = estimator.perturb(network, params, { key: draw, samples })
    const measure = ({ params: p, currents }: typeof plus) => {
      const counts = runDevice(network, neurons, p, batch.x, currents)
      const error = sub(readOutDevice(network, readout, counts.at(-1)!), batch.y)
      const centred = sub(div(cast(counts.at(-1)!, 'f32'), network.time), readout.centre)
      return { counts, loss: mean(square(error), 1), weight: matmul(transpose(centred), error), bias: sum(error, 0) }
    }
    const [up, down] = [measure(plus), measure(minus)]
    const differences = wordsOf(sub(up.loss, down.loss))
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
        minimum(30, maximum(0, sub(bitLength(largest), add(rate, 1 + finer))))
      const change = mul(stochasticShift(m, shiftFor(levels[l]!.weight, 0), kw), stepOf(network, layer))
      const changeOfBias = stochasticShift(mb, shiftFor(levels[l]!.bias, biasSteps(network, layer)), kb)
      return {
        weight: clip(sub(weight, change), ...heldRange(network, layer)),
        bias: clip(sub(bias, changeOfBias), ...biasRange(network)),
      }
    })
    const loss = mul(0.5, add(mean(up.loss), mean(down.loss)))
    const [, outputs] = batch.y.shape
    // 2/(N · outputs) of each evaluation, and the mean of the two.
    const both = (a: Tensor, b: Tensor): Tensor => mul(1 / (samples * outputs!), add(a, b))
    const readoutGradient = { weight: both(up.weight, down.weight), bias: both(up.bias, down.bias) }
    return { state: { params: moved, trace: next, level: levels }, loss, readoutGradient }
  }
}
