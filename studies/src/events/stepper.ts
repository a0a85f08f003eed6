import { add, broadcastTo, cast, conv, mul, normal, notEqual, relu, scan, stack, sum, zeros } from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'
import { loihi1Energy } from '@spikeward/energy'
import { atan, sigmaDelta, spike } from '@spikeward/neurons'
import { CELLS, END, FRAME, FRAMES } from './fronts.js'
import type { Trajectories } from './fronts.js'

/** Cells that one output of a layer reads. */
const KERNEL = 5
/** Errors are measured at multiples of this time; a network with a longer step holds its last field. */
const MEASURED = 0.1

/** A convolutional time-stepper u ← u + N(u) of three layers. */
export interface Stepper {
  /** Channels of the two hidden layers. */
  readonly width: number
  /** Frames of one step. */
  readonly stride: number
}

type Layer = { readonly weight: Tensor; readonly bias: Tensor }
export type Params = { readonly first: Layer; readonly second: Layer; readonly out: Layer }

export function initialParams({ width }: Stepper, key: Key): Params {
  const layer = (k: Key, inputs: number, outputs: number, gain: number): Layer => ({
    weight: mul(normal(k, [KERNEL, inputs, outputs]), gain * Math.sqrt(2 / (KERNEL * inputs))),
    bias: zeros([outputs]),
  })
  return {
    first: layer(key.fold(0), 1, width, 1),
    second: layer(key.fold(1), width, width, 1),
    out: layer(key.fold(2), width, 1, 0.1),
  }
}

const linear = (x: Tensor, p: Layer): Tensor => conv(x, p.weight, { edges: 'circular' })
const layer = (x: Tensor, p: Layer): Tensor => add(linear(x, p), p.bias)

/** The next field of [batch, cells, 1]. */
const advance = (p: Params, u: Tensor): Tensor => add(u, layer(relu(layer(relu(layer(u, p.first)), p.second)), p.out))

/** Fields after each of `steps` steps, [steps, batch, cells, 1]. */
export const rollout = (p: Params, u: Tensor, steps: number): Tensor =>
  scan(
    (v: Tensor): [Tensor, Tensor] => {
      const next = advance(p, v)
      return [next, next]
    },
    u,
    null,
    { length: steps },
  )[1]

/** Thresholds of the messages of the field and of the two hidden layers. */
export type Thresholds = readonly [number, number, number]

/**
 * The same network with sigma–delta units: each unit sends the change of its value, and receivers hold the sums. Returns
 * the fields, and how many messages each layer sent, [3].
 */
export function eventRollout(p: Params, u: Tensor, steps: number, [a, b, c]: Thresholds): [Tensor, Tensor] {
  const fire = spike(atan(), { atThreshold: 1 })
  const field = sigmaDelta({ threshold: a, activation: 'identity' })
  const hidden = [sigmaDelta({ threshold: b }), sigmaDelta({ threshold: c })] as const
  const like = (width: number): number[] => [...u.shape.slice(0, 2), width]
  // A constant bias is part of the sum of messages from the start.
  const biased = (unit: (typeof hidden)[number], bias: Tensor) => {
    const shape = like(bias.shape[0]!)
    return { ...unit.rest(shape), sigma: broadcastTo(bias, shape) }
  }
  const start = {
    received: u,
    field: field.rest(like(1)),
    first: biased(hidden[0], p.first.bias),
    second: biased(hidden[1], p.second.bias),
    change: broadcastTo(p.out.bias, like(1)),
  }
  const [, [fields, messages]] = scan(
    (state: typeof start): [typeof start, [Tensor, Tensor]] => {
      const input = field.step({}, state.field, state.received, fire)
      const first = hidden[0].step({}, state.first, linear(input.output, p.first), fire)
      const second = hidden[1].step({}, state.second, linear(first.output, p.second), fire)
      const change = add(state.change, linear(second.output, p.out))
      const next = { received: change, field: input.state, first: first.state, second: second.state, change }
      const sent = [input, first, second].map(({ output }) => sum(cast(notEqual(output, 0), 'f32')))
      return [next, [add(input.state.sigma, change), stack(sent)]]
    },
    start,
    null,
    { length: steps },
  )
  return [fields, sum(messages, 0)]
}

/** Error and cost of a rollout: synaptic operations and energy are per function and unit of simulated time. */
export interface Measured {
  /** Mean over the functions of the relative L2 error over space and the measured times. */
  readonly error: number
  readonly operations: number
  /** In nanojoules, on a neuromorphic chip. */
  readonly energy: number
}

const price = (name: 'acs' | 'spikes' | 'silent'): number => (loihi1Energy.picojoules[name]?.[0] ?? 0) / 1000

/** Operations and energy of messages: each reaches every output that reads it, and costs its unit an active update. */
export function costOf({ width, stride }: Stepper, sent: readonly [number, number, number]): Omit<Measured, 'error'> {
  const operations = KERNEL * (sent[0] * width + sent[1] * width + sent[2])
  const active = sent[0] + sent[1] + sent[2]
  const updates = (END / (stride * FRAME)) * CELLS * (1 + 2 * width)
  const energy = operations * price('acs') + active * price('spikes') + (updates - active) * price('silent')
  return { operations: operations / END, energy: energy / END }
}

/** The mean relative L2 of fields [steps, functions, cells, 1] at the measured times; between steps a field is held. */
export function errorOf(fields: ArrayLike<number>, data: Trajectories, stride: number): number {
  let total = 0
  for (let f = 0; f < data.count; f++) {
    let [error, norm] = [0, 0]
    for (let t = Math.round(MEASURED / FRAME); t < FRAMES; t += Math.round(MEASURED / FRAME)) {
      const step = Math.floor(t / stride)
      for (let i = 0; i < CELLS; i++) {
        const truth = data.values[(f * FRAMES + t) * CELLS + i]!
        const found =
          step === 0 ? data.values[f * FRAMES * CELLS + i]! : fields[((step - 1) * data.count + f) * CELLS + i]!
        error += (found - truth) ** 2
        norm += truth ** 2
      }
    }
    total += Math.sqrt(error / norm)
  }
  return total / data.count
}
