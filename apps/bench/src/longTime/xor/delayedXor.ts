/** Delayed exclusive or: a task whose answer needs a value from T steps ago, and a spiking network with learned leaks for it. */
import {
  add,
  affine,
  cast,
  exp,
  greater,
  mean,
  mul,
  neg,
  normal,
  scan,
  slice,
  square,
  sub,
  uniform,
  zeros,
} from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'
import { atan, spike } from '@spikeward/neurons'

/** Learned parameters: two inputs, a bias in the second pulse alone, a leak and a threshold for each neuron, a readout. */
export type XorParams = {
  readonly hidden: { readonly weight: Tensor; readonly bias: Tensor }
  /** ln τ, the time constant of the membrane in steps: β = e^(−1/τ). */
  readonly leak: Tensor
  readonly threshold: Tensor
  readonly readout: { readonly weight: Tensor; readonly bias: Tensor }
}

/** Pulses [N, 2], about 0 or 1, and answers [N, 1], −1 or 1. */
export type XorData = { readonly x: Tensor; readonly y: Tensor }

/** Steps of a pulse. */
export const PULSE = 8

/** The size of a network, and the time between the beginning of the first pulse and the end of the second. */
export type XorSettings = { readonly neurons: number; readonly time: number }

const fire = /* @__PURE__ */ spike(/* @__PURE__ */ atan())

/** Draws samples: two bits with noise of 0.05, and whether they differ. */
export function drawXor(key: Key, count: number): XorData {
  const [bitKey, noiseKey] = key.split(2) as [Key, Key]
  const bits = cast(greater(uniform(bitKey, [count, 2]), 0.5), 'f32')
  const [a, b] = [slice(bits, [0, 0], [count, 1]), slice(bits, [0, 1], [count, 2])]
  return { x: add(bits, mul(normal(noiseKey, [count, 2]), 0.05)), y: sub(mul(square(sub(a, b)), 2), 1) }
}

/** Time constants from half to four times T, spread evenly in their logarithm. */
export function initXor({ neurons, time }: XorSettings, key: Key): XorParams {
  const [w, b, tau, out] = key.split(4) as [Key, Key, Key, Key]
  return {
    hidden: {
      weight: mul(uniform(w, [2, neurons], { min: -1, max: 1 }), 4 / PULSE),
      bias: mul(uniform(b, [neurons], { min: -1, max: 1 }), 2 / PULSE),
    },
    leak: add(Math.log(time), uniform(tau, [neurons], { min: Math.log(0.5), max: Math.log(4) })),
    threshold: add(zeros([neurons]), 1),
    readout: { weight: mul(normal(out, [neurons, 1]), 1 / Math.sqrt(neurons)), bias: zeros([1]) },
  }
}

/** Currents of the two pulses, [N, neurons] each. */
type Pulses = { readonly first: Tensor; readonly second: Tensor }

function pulsesOf({ hidden }: XorParams, x: Tensor): Pulses {
  const count = x.shape[0]!
  const through = (input: number): Tensor =>
    affine(
      { weight: slice(hidden.weight, [input, 0], [input + 1, hidden.weight.shape[1]!]) },
      slice(x, [0, input], [count, input + 1]),
    )
  return { first: through(0), second: add(through(1), hidden.bias) }
}

/**
 * Mean rates in the second pulse, [N, neurons]. Neurons do not act on each other, so that each of the three stretches of time (pulse, pause, pulse) is one loop with
 * its states in registers, and a forward derivative needs no memory that grows with T.
 *
 *     v ← e^(−1/τ) v + I,   s = H(v − θ),   v ← v − θ s
 */
function ratesOf({ leak, threshold }: Pick<XorParams, 'leak' | 'threshold'>, pulses: Pulses, time: number): Tensor {
  const beta = exp(neg(exp(neg(leak))))
  const advance = (v: Tensor, current: Tensor | null): { v: Tensor; s: Tensor } => {
    const charged = current === null ? mul(beta, v) : add(mul(beta, v), current)
    const s = fire(sub(charged, threshold))
    return { v: sub(charged, mul(threshold, s)), s }
  }
  const run = (start: Tensor, current: Tensor | null, length: number): Tensor =>
    length === 0 ? start : scan((v: Tensor): [Tensor, []] => [advance(v, current).v, []], start, null, { length })[0]
  const waiting = run(run(zeros(pulses.first.shape), pulses.first, PULSE), null, time - 2 * PULSE)
  const [end] = scan(
    ({ v, sum }: { v: Tensor; sum: Tensor }): [{ v: Tensor; sum: Tensor }, []] => {
      const next = advance(v, pulses.second)
      return [{ v: next.v, sum: add(sum, next.s) }, []]
    },
    { v: waiting, sum: zeros(pulses.first.shape) },
    null,
    { length: PULSE },
  )
  return mul(end.sum, 1 / PULSE)
}

/** Answers of the network, [N, 1]. */
export const answerXor = (p: XorParams, x: Tensor, time: number): Tensor =>
  affine(p.readout, ratesOf(p, pulsesOf(p, x), time))

/** The mean squared error. */
export const xorLoss = (p: XorParams, { x, y }: XorData, time: number): Tensor =>
  mean(square(sub(answerXor(p, x, time), y)))

/** The share of wrong answers: those of another sign than theirs, zero and NaN included. */
export const wrongAnswers = (p: XorParams, { x, y }: XorData, time: number): Tensor =>
  sub(1, mean(cast(greater(mul(answerXor(p, x, time), y), 0), 'f32')))
