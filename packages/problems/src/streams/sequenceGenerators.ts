import {
  SpikewardError,
  add,
  arange,
  broadcastTo,
  cast,
  concatenate,
  equal,
  expandDims,
  full,
  greaterEqual,
  mul,
  randint,
  reshape,
  scan,
  sin,
  slice,
  square,
  stack,
  sub,
  sum,
  tensor,
  uniform,
  zeros,
} from '@spikeward/core'
import type { Key, Tensor, Tree } from '@spikeward/core'

/** Inputs [T, N, m], targets [T, N, 1], and the share of each step in the loss of a sample, [T, N, 1]. */
export type SequenceBatch = { readonly x: Tensor; readonly target: Tensor; readonly share: Tensor }

/** Random sequences over any number of steps T that only a memory of their inputs explains. */
export interface SequenceGenerator {
  /** The task in words, as tables name it. */
  readonly title: string
  /** Numbers of a row of inputs, m. */
  readonly inputs: number
  /** The longest time constant of a neuron before training, as a share of T. */
  readonly memory: number
  /**
   * `count` sequences of `time` steps.
   *
   * @throws INVALID_OPTION for fewer steps than the blocks of a sequence
   */
  draw(key: Key, count: number, time: number): SequenceBatch
}

function checkTime(name: string, time: number, least: number): void {
  if (!(time >= least))
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: ${time} steps are too few for its blocks; give at least ${least}`,
    )
}

const column = (s: Tensor, i: number): Tensor => reshape(slice(s, [0, i], [s.shape[0]!, i + 1]), [s.shape[0]!])
const columns = (...each: readonly Tensor[]): Tensor => stack(each, 1)

/**
 * States [time, N, d] of s' = f(s, t) at t = horizon/time, …, horizon, by the Runge–Kutta method of order 4 with at
 * least 512 steps.
 */
function integrate(f: (s: Tensor, t: Tensor) => Tensor, start: Tensor, horizon: number, time: number): Tensor {
  const within = Math.max(1, Math.ceil(512 / time))
  const h = horizon / time / within
  type Now = { readonly s: Tensor; readonly t: Tensor }
  const step = ({ s, t }: Now): Now => {
    const after = (k: Tensor, by: number): Tensor => add(s, mul(k, by))
    const [middle, end] = [add(t, h / 2), add(t, h)]
    const k1 = f(s, t)
    const k2 = f(after(k1, h / 2), middle)
    const k3 = f(after(k2, h / 2), middle)
    const k4 = f(after(k3, h), end)
    return { s: after(add(add(k1, k4), mul(add(k2, k3), 2)), h / 6), t: end }
  }
  const frame = (now: Now): [Now, Tensor] => {
    const [next] = scan((n: Now): [Now, Tree] => [step(n), []], now, null, { length: within })
    return [next, next.s]
  }
  return scan(frame, { s: start, t: zeros([]) }, null, { length: time })[1]
}

/**
 * x′ = 10 (y − x), y′ = x (28 − z) − y, z′ = x y − 8/3 z for 0.6 time units, from (10 a, 10 b, 25 + 10 c) with a, b and c
 * in [−1, 1]; every step receives a, b and c, and x/10 is learned.
 */
export const lorenzSequences: SequenceGenerator = {
  title: 'Lorenz system, from its initial state',
  inputs: 3,
  memory: 0.5,
  draw(key, count, time) {
    const unit = uniform(key, [count, 3], { min: -1, max: 1 })
    const rhs = (s: Tensor): Tensor => {
      const [x, y, z] = [column(s, 0), column(s, 1), column(s, 2)]
      return columns(mul(sub(y, x), 10), sub(mul(x, sub(28, z)), y), sub(mul(x, y), mul(z, 8 / 3)))
    }
    const states = integrate(rhs, add(mul(unit, 10), tensor([0, 0, 25])), 0.6, time)
    return {
      x: broadcastTo(unit, [time, count, 3]),
      target: mul(slice(states, [0, 0, 0], [time, count, 1]), 0.1),
      share: full([time, count, 1], 1 / time),
    }
  },
}

/**
 * x″ = μ (1 − x²) x′ − x + 1.5 f(t), x(0) = 2, x′(0) = 0, t ≤ 10, μ ∈ [1, 5], f of three waves; a step receives f and
 * μ/2 − 1.5 ∈ [−1, 1], and x is learned.
 */
export const vanDerPolSequences: SequenceGenerator = {
  title: 'driven Van der Pol oscillator, from its force',
  inputs: 2,
  memory: 0.25,
  draw(key, count, time) {
    const [a, w, p, m] = key.split(4) as [Key, Key, Key, Key]
    const amplitude = uniform(a, [count, 3], { min: -1, max: 1 })
    const omega = uniform(w, [count, 3], { min: 0.5, max: 2 })
    const phase = uniform(p, [count, 3], { min: 0, max: 2 * Math.PI })
    const mu = uniform(m, [count], { min: 1, max: 5 })
    const force = (t: Tensor): Tensor => sum(mul(amplitude, sin(add(mul(omega, t), phase))), -1)
    const rhs = (s: Tensor, t: Tensor): Tensor => {
      const [x, v] = [column(s, 0), column(s, 1)]
      return columns(v, add(sub(mul(mul(mu, sub(1, square(x))), v), x), mul(force(t), 1.5)))
    }
    const states = integrate(rhs, columns(full([count], 2), zeros([count])), 10, time)
    const times = reshape(mul(add(arange(time, 'f32'), 1), 10 / time), [time, 1, 1])
    const damping = broadcastTo(sub(mul(mu, 0.5), 1.5), [time, count])
    return {
      x: stack([force(times), damping], 2),
      target: slice(states, [0, 0, 0], [time, count, 1]),
      share: full([time, count, 1], 1 / time),
    }
  },
}

/**
 * Seven values in [0, 1] for T/8 steps each, two of them marked; in the last T/8 steps their sum less 1 (after
 * Hochreiter & Schmidhuber 1997).
 */
export const addingSequences: SequenceGenerator = {
  title: 'sum of two marked values',
  inputs: 2,
  memory: 2,
  draw(key, count, time) {
    const [v, early, late] = key.split(3) as [Key, Key, Key]
    checkTime('addingSequences', time, 8)
    const values = uniform(v, [count, 7])
    const at = (place: Tensor): Tensor => cast(equal(expandDims(cast(place, 'i32'), 1), arange(7, 'i32')), 'f32')
    const marks = add(at(randint(early, [count], 3)), at(add(cast(randint(late, [count], 4), 'i32'), 3)))
    const blocks = concatenate([stack([values, marks], 2), zeros([count, 1, 2])], 1)
    const block = Array.from({ length: time }, (_, t) => Math.min(7, Math.floor((t * 8) / time)))
    const lengths = Array.from({ length: 8 }, (_, b) => block.filter((x) => x === b).length)
    const rows = lengths.map((n, b) =>
      broadcastTo(reshape(slice(blocks, [0, b, 0], [count, b + 1, 2]), [1, count, 2]), [n, count, 2]),
    )
    const last = cast(greaterEqual(arange(time, 'i32'), time - lengths[7]!), 'f32')
    const answer = reshape(sub(sum(mul(values, marks), 1), 1), [1, count, 1])
    return {
      x: concatenate(rows, 0),
      target: broadcastTo(answer, [time, count, 1]),
      share: broadcastTo(reshape(mul(last, 1 / lengths[7]!), [time, 1, 1]), [time, count, 1]),
    }
  },
}

/** Values in [−1, 1] for T/16 steps each; from step T/8 on, the value T/8 steps before. */
export const copySequences: SequenceGenerator = {
  title: 'delayed copy',
  inputs: 1,
  memory: 1,
  draw(key, count, time) {
    checkTime('copySequences', time, 16)
    const [hold, delay] = [Math.floor(time / 16), Math.floor(time / 8)]
    const blocks = Math.ceil(time / hold)
    const values = uniform(key, [blocks, 1, count, 1], { min: -1, max: 1 })
    const x = slice(
      reshape(broadcastTo(values, [blocks, hold, count, 1]), [blocks * hold, count, 1]),
      [0, 0, 0],
      [time, count, 1],
    )
    const early = zeros([delay, count, 1])
    const counted = tensor(Float32Array.from({ length: time }, (_, t) => (t < delay ? 0 : 1 / (time - delay))))
    return {
      x,
      target: concatenate([early, slice(x, [0, 0, 0], [time - delay, count, 1])], 0),
      share: broadcastTo(reshape(counted, [time, 1, 1]), [time, count, 1]),
    }
  },
}
