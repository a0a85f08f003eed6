import {
  add,
  convolve,
  jit,
  mean,
  mul,
  neg,
  normal,
  relu,
  reshape,
  scan,
  sigmaDeltaForm,
  slice,
  square,
  sub,
  sum,
  tensor,
  treeMap,
  uniform,
  zeros,
  zerosLike,
} from '@spikeward/core'
import type { Affine, Backend, ByLayer, Key, Tensor } from '@spikeward/core'
import type { LayerTraffic } from '@spikeward/energy'
import { bp } from '@spikeward/estimators'
import { adam, cosineDecay } from '@spikeward/optim'
import { sigmaDeltaRollout, trainStep } from '@spikeward/train'
import type { SigmaDeltaUnits } from '@spikeward/train'
import { END, cellsOf, framesOf } from './fronts.js'
import type { Front, Trajectories } from './fronts.js'

/** Errors are measured at multiples of this time; a network with a longer step holds its last field. */
const MEASURED = 0.1

/** A convolutional time-stepper u ← u + N(u) with rectified hidden layers. */
export interface Stepper {
  /** Channels of the hidden layers. */
  readonly width: number
  /** Hidden layers. */
  readonly depth: number
  /** Frames of one step. */
  readonly stride: number
}

export type Params = { readonly layers: readonly Affine[] }

/** Cells along each axis that one output of a layer reads. */
const kernelOf = ({ shape }: Front): number[] => shape.map(() => (shape.length === 1 ? 5 : 3))
/** Channels before and after each layer. */
const channels = ({ width, depth }: Stepper): (readonly [number, number])[] =>
  Array.from({ length: depth + 1 }, (_, i) => [i === 0 ? 1 : width, i === depth ? 1 : width])
export const stepsOf = ({ frame }: Front, { stride }: Stepper): number => Math.round(END / (stride * frame))

export function initialParams(front: Front, stepper: Stepper, key: Key): Params {
  const kernel = kernelOf(front)
  const size = kernel.reduce((a, b) => a * b, 1)
  const layers = channels(stepper).map(([inputs, outputs], i): Affine => {
    const gain = (i === stepper.depth ? 0.1 : 1) * Math.sqrt(2 / (size * inputs))
    const weight = mul(normal(key.fold(i), [...kernel, inputs, outputs]), gain)
    if (i > 0) return { weight, bias: zeros([outputs]) }
    // The first layer's units begin to respond at constant fields spread over the stable states.
    const [low, high] = front.states
    const field = add(mul(uniform(key.fold(100), [outputs]), high - low), low)
    const response = sum(weight, weight.shape.map((_, a) => a).slice(0, -1))
    return { weight, bias: neg(mul(response, field)) }
  })
  return { layers }
}

/** The next field of [batch, …cells, 1]. */
export const advance = ({ layers }: Params, u: Tensor): Tensor =>
  add(
    u,
    layers.reduce((x, layer, i) => convolve(layer, i === 0 ? x : relu(x), { edges: 'circular' }), u),
  )

/** Fields after each of `steps` steps, [steps, batch, …cells, 1]. */
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

/**
 * Nonzero inputs of each layer in a dense rollout, summed over steps and batch: a dense form that skips zeros sends
 * these.
 */
export function nonzeros(p: Params, u: Tensor, steps: number): ByLayer {
  const form = sigmaDeltaForm(advance)
  const nothing = treeMap<ByLayer>((x) => zerosLike(x), form.init(p, u))
  const [, sent] = scan(
    (v: Tensor): [Tensor, ByLayer] => {
      const { result, sends } = form.step(form.thresholds(nothing, 1e-20), nothing, p, v)
      return [result, treeMap<ByLayer>((s) => sum(s), sends)]
    },
    u,
    null,
    { length: steps },
  )
  return treeMap<ByLayer>((s) => sum(s, 0), sent)
}

/** Some fields of trajectories, [times, functions, …cells, 1]. */
export function fieldsOf(
  { front, values }: Trajectories,
  at: readonly (readonly [f: number, frame: number])[],
  times: number,
  stride: number,
  backend: Backend,
): Tensor {
  const cells = cellsOf(front)
  const data = new Float32Array(times * at.length * cells)
  for (let t = 0; t < times; t++)
    at.forEach(([f, frame], b) => {
      const from = (f * framesOf(front) + frame + t * stride) * cells
      data.set(values.subarray(from, from + cells), (t * at.length + b) * cells)
    })
  return tensor(data, { shape: [times, at.length, ...front.shape, 1], backend })
}

/** The fields of a step's stride from the start of every trajectory. */
export const wholeFields = (data: Trajectories, stepper: Stepper, backend: Backend): Tensor =>
  fieldsOf(
    data,
    Array.from({ length: data.count }, (_, f) => [f, 0] as const),
    stepsOf(data.front, stepper) + 1,
    stepper.stride,
    backend,
  )

const first = (fields: Tensor): Tensor =>
  reshape(
    slice(
      fields,
      fields.shape.map(() => 0),
      [1, ...fields.shape.slice(1)],
    ),
    fields.shape.slice(1),
  )
const later = (fields: Tensor): Tensor =>
  slice(
    fields,
    fields.shape.map((_, a) => (a === 0 ? 1 : 0)),
    fields.shape,
  )
export const initialOf = first

/**
 * How a network is trained: Adam with cosine decay on rollouts of `unrolled` steps, from random frames or from the
 * start.
 */
export interface Phase {
  readonly steps: number
  readonly batch: number
  readonly rate: number
  /** Null: whole rollouts from the first frame. */
  readonly unrolled: number | null
  /** With these sigma–delta units, from a state in which all has been sent; absent: dense. */
  readonly units?: SigmaDeltaUnits | undefined
}

/** Trains by reverse mode through the steps of a rollout; the loss is the mean squared error over it. */
export async function train(
  stepper: Stepper,
  start: Params,
  data: Trajectories,
  { steps, batch, rate, unrolled, units }: Phase,
  key: Key,
  backend: Backend,
): Promise<Params> {
  const { front } = data
  const { stride } = stepper
  const length = unrolled ?? stepsOf(front, stepper)
  const loss = (p: Params, fields: Tensor): Tensor => {
    const u = first(fields)
    const state = { u, held: sigmaDeltaForm(advance).init(p, u) }
    const found =
      units === undefined ? rollout(p, u, length) : sigmaDeltaRollout(advance, p, units, state, length).fields
    return mean(square(sub(found, later(fields))))
  }
  const { init, step } = trainStep(loss, bp(), adam(cosineDecay({ initial: rate, steps })))
  const advanceState = jit(step, { donate: [0] })
  const numbers = await uniform(key, [steps, batch, 2]).data()
  let state = init(treeMap<Params>((t) => mul(t, 1), start))
  for (let i = 0; i < steps; i++) {
    const at = Array.from({ length: batch }, (_, b): [number, number] => {
      const [f, t] = [Number(numbers[2 * (i * batch + b)]), Number(numbers[2 * (i * batch + b) + 1])]
      const frame = unrolled === null ? 0 : Math.floor(t * (framesOf(front) - unrolled * stride))
      return [Math.floor(f * data.count), frame]
    })
    const fields = fieldsOf(data, at, length + 1, stride, backend)
    state = advanceState(state, fields, key)
    fields.dispose()
  }
  return state.trained
}

/**
 * The traffic of each layer over a run of one function, from the messages of each layer; absent: every input at each
 * step.
 */
export function trafficOf(
  front: Front,
  stepper: Stepper,
  evaluations: number,
  messages?: readonly number[],
): LayerTraffic[] {
  const [cells, kernel] = [cellsOf(front), kernelOf(front).reduce((a, b) => a * b, 1)]
  return channels(stepper).map(([inputs, outputs], i): LayerTraffic => {
    const sent = messages?.[i] ?? cells * inputs * evaluations
    return {
      inputs: cells * inputs,
      outputs: cells * outputs,
      weights: kernel * inputs * outputs,
      messages: sent,
      operations: sent * kernel * outputs,
    }
  })
}

export const operationsOf = (layers: readonly LayerTraffic[]): number => layers.reduce((n, l) => n + l.operations, 0)

/** Synaptic operations of this number of dense evaluations. */
export const denseOperations = (front: Front, stepper: Stepper, evaluations: number): number =>
  operationsOf(trafficOf(front, stepper, evaluations))

/**
 * The mean relative L2 of fields [steps, functions, …cells, 1] at the measured times; between steps a field is held.
 */
export function errorOf(fields: ArrayLike<number>, { front, count, values }: Trajectories, stride: number): number {
  const [cells, frames] = [cellsOf(front), framesOf(front)]
  const every = Math.round(MEASURED / front.frame)
  let total = 0
  for (let f = 0; f < count; f++) {
    let [error, norm] = [0, 0]
    for (let t = every; t < frames; t += every) {
      const step = Math.floor(t / stride)
      for (let i = 0; i < cells; i++) {
        const truth = values[(f * frames + t) * cells + i]!
        const found = step === 0 ? values[f * frames * cells + i]! : fields[((step - 1) * count + f) * cells + i]!
        error += (found - truth) ** 2
        norm += truth ** 2
      }
    }
    total += Math.sqrt(error / norm)
  }
  return total / count
}
