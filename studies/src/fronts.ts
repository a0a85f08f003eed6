/** Fronts that move, and dense convolutional time-steppers of them: what the studies of events share. */
import {
  add,
  jit,
  key as keyOf,
  mean,
  mul,
  neg,
  normal,
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
import type { Affine, Backend, ByLayer, Key, Tensor, TrajectoryProblem } from '@spikeward/core'
import { convolutionTraffic } from '@spikeward/energy'
import type { LayerTraffic } from '@spikeward/energy'
import { bp } from '@spikeward/estimators'
import { cnnStep } from '@spikeward/operators'
import { adam, cosineDecay } from '@spikeward/optim'
import { allenCahn2d, nagumo2d, sampleFunctions, solvePeriodicReaction, spectralField } from '@spikeward/problems'
import { sigmaDeltaRollout, trainStep } from '@spikeward/train'
import type { SigmaDeltaUnits } from '@spikeward/train'
import type { StudyRun } from './tools.js'

/** The last time of a trajectory. */
export const END = 2

/** Numbers of functions to train on, to choose by, and to report. */
export type Sizes = readonly [training: number, validation: number, test: number]

/** An evolution of one field or several on a periodic grid, such as that of fronts which move. */
export interface Front {
  readonly name: string
  /** Equal cells along each axis of a period. */
  readonly shape: readonly number[]
  /** For each field its stable values, or its range. */
  readonly states: readonly (readonly [low: number, high: number])[]
  /** The constant fields whose values layers hold before the first step. Default: the upper ones of `states`. */
  readonly rest?: readonly number[]
  /** Time between stored fields, the finest time step of a network. */
  readonly frame: number
  /** Stored fields [functions, frames, cells, fields] of three sets of random initial values. */
  readonly sets: (key: number, sizes: Sizes) => Promise<readonly Float32Array[]>
}

/**
 * Fronts on a line, from smooth random functions g of deviation about 1; by Lawson's method in steps of a tenth of a
 * frame.
 */
function onLine(o: {
  readonly name: string
  readonly states: Front['states']
  readonly reaction: (u: number) => number
  readonly initial: (g: number) => number
}): Front {
  const [cells, frame, frames] = [256, 0.05, 41]
  const space = spectralField({ gamma: 2, tau: 20, sigma: 400, modes: 12 })
  const points = Float64Array.from({ length: cells }, (_, i) => i / cells)
  const draw = async (key: Key, count: number): Promise<Float32Array> => {
    const samples = (await sampleFunctions(space, key, count)).map((f) => f(points))
    const square = samples.reduce((total, g) => total + g.reduce((sum, v) => sum + v * v, 0), 0)
    const deviation = Math.sqrt(square / (count * cells))
    const values = new Float32Array(count * frames * cells)
    samples.forEach((g, f) => {
      const initial = Float64Array.from(g, (v) => o.initial(v / deviation))
      const times = { end: END, times: frames, steps: 10 }
      const u = solvePeriodicReaction({ diffusivity: 2e-4, reaction: o.reaction, length: 1, initial, ...times })
      for (let t = 0; t < frames; t++)
        for (let i = 0; i < cells; i++) values[(f * frames + t) * cells + i] = u[i * frames + t]!
    })
    return values
  }
  return {
    ...{ name: o.name, states: o.states, shape: [cells], frame },
    sets(key, sizes) {
      const keys = keyOf(key).split(3)
      return Promise.all(sizes.map((count, i) => draw(keys[i]!, count)))
    },
  }
}

/**
 * Fronts in the plane, problems of the package: on 64² cells, and on 128² and 256² cells with a quarter and a sixteenth
 * of D, which are as large relative to a front.
 */
function onSquares(
  name: string,
  states: Front['states'],
  diffusivity: number,
  problem: (o: {
    readonly key: number
    readonly points: number
    readonly diffusivity: number
    readonly train: number
    readonly validation: number
    readonly test: number
  }) => TrajectoryProblem,
): readonly Front[] {
  const at = (points: number): Front => ({
    ...{ name: `${name}, ${points}²`, states, shape: [points, points], frame: 0.1 },
    async sets(key, [train, validation, test]) {
      const o = { key, points, diffusivity: diffusivity * (64 / points) ** 2, train, validation, test }
      const { trajectories } = problem(o)
      const splits = ['train', 'validation', 'test'] as const
      return (await Promise.all(splits.map((split) => trajectories(split)))).map(({ values }) => values)
    },
  })
  return [64, 128, 256].map(at)
}

const nagumo = (k: number, a: number) => (u: number) => k * u * (1 - u) * (u - a)

export const fronts: readonly Front[] = [
  onLine({ name: 'nagumo', states: [[0, 1]], reaction: nagumo(20, 0.3), initial: (g) => (1 + Math.tanh(3 * g)) / 2 }),
  onLine({
    name: 'allen-cahn',
    states: [[-1, 1]],
    reaction: (u) => 5 * (u - u ** 3),
    initial: (g) => Math.tanh(3 * g),
  }),
]

/** On 64², 128² and 256² cells; one network steps all of them. */
export const planeFronts: readonly (readonly Front[])[] = [
  onSquares('allen-cahn', [[-1, 1]], 2.5e-3, (o) => allenCahn2d(o)),
  onSquares('nagumo', [[0, 1]], 1e-3, (o) => nagumo2d({ ...o, threshold: 0.4 })),
]

export const restOf = ({ states, rest = states.map(([, high]) => high) }: Front): readonly number[] => rest
export const cellsOf = ({ shape }: Front): number => shape.reduce((a, b) => a * b, 1)
/** Numbers of a frame. */
export const sizeOf = (front: Front): number => cellsOf(front) * front.states.length
export const framesOf = ({ frame }: Front): number => Math.round(END / frame) + 1

/** Trajectories of a front, [functions, frames, cells, fields]. */
export interface Trajectories {
  readonly front: Front
  readonly count: number
  readonly values: Float32Array
}

/** Trajectories to train on, to choose by, and to report. */
export async function setsOf(
  front: Front,
  key: number,
  sizes: Sizes,
): Promise<readonly [training: Trajectories, validation: Trajectories, test: Trajectories]> {
  const values = await front.sets(key, sizes)
  const at = (i: 0 | 1 | 2): Trajectories => ({ front, count: sizes[i], values: values[i]! })
  return [at(0), at(1), at(2)]
}

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
/** Channels before the first layer, and after each. */
const channels = ({ states: { length } }: Front, { width, depth }: Stepper): number[] => [
  ...[length, ...Array.from({ length: depth }, () => width), length],
]
export const stepsOf = ({ frame }: Front, { stride }: Stepper): number => Math.round(END / (stride * frame))

export function initialParams(front: Front, stepper: Stepper, key: Key): Params {
  const kernel = kernelOf(front)
  const size = kernel.reduce((a, b) => a * b, 1)
  const all = channels(front, stepper)
  const layers = all.slice(1).map((outputs, i): Affine => {
    const inputs = all[i]!
    const gain = (i === stepper.depth ? 0.1 : 1) * Math.sqrt(2 / (size * inputs))
    const weight = mul(normal(key.fold(i), [...kernel, inputs, outputs]), gain)
    if (i > 0) return { weight, bias: zeros([outputs]) }
    // The first layer's units begin to respond at constant fields spread over the stable states.
    const places = uniform(key.fold(100), [outputs])
    const drives = front.states.map(([low, high], c) => {
      const own = slice(weight, [...kernel.map(() => 0), c, 0], [...kernel, c + 1, outputs])
      const response = sum(own, own.shape.map((_, a) => a).slice(0, -1))
      return mul(response, add(mul(places, high - low), low))
    })
    return { weight, bias: neg(drives.reduce((a, b) => add(a, b))) }
  })
  return { layers }
}

/** Fields after each of `steps` steps, [steps, batch, …cells, fields]. */
export const rollout = (p: Params, u: Tensor, steps: number): Tensor =>
  scan(
    (v: Tensor): [Tensor, Tensor] => {
      const next = cnnStep(p, v)
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
  const form = sigmaDeltaForm(cnnStep)
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

/** Some fields of trajectories, [times, functions, …cells, fields]. */
export function fieldsOf(
  { front, values }: Trajectories,
  at: readonly (readonly [f: number, frame: number])[],
  times: number,
  stride: number,
  backend: Backend,
): Tensor {
  const cells = sizeOf(front)
  const data = new Float32Array(times * at.length * cells)
  for (let t = 0; t < times; t++)
    at.forEach(([f, frame], b) => {
      const from = (f * framesOf(front) + frame + t * stride) * cells
      data.set(values.subarray(from, from + cells), (t * at.length + b) * cells)
    })
  return tensor(data, { shape: [times, at.length, ...front.shape, front.states.length], backend })
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
    const state = { u, held: sigmaDeltaForm(cnnStep).init(p, u) }
    const predicted =
      units === undefined ? rollout(p, u, length) : sigmaDeltaRollout(cnnStep, p, units, state, length).fields
    return mean(square(sub(predicted, later(fields))))
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
export const trafficOf = (front: Front, stepper: Stepper, evaluations: number, messages?: readonly number[]) =>
  convolutionTraffic(
    { cells: cellsOf(front), kernel: kernelOf(front).reduce((a, b) => a * b, 1), channels: channels(front, stepper) },
    evaluations,
    messages,
  )

export const operationsOf = (layers: readonly LayerTraffic[]): number => layers.reduce((n, l) => n + l.operations, 0)

/**
 * The mean relative L2 of fields [steps, functions, …cells, fields] at the measured times; between steps a field is held.
 */
export function errorOf(fields: ArrayLike<number>, { front, count, values }: Trajectories, stride: number): number {
  const [cells, frames] = [sizeOf(front), framesOf(front)]
  const every = Math.round(MEASURED / front.frame)
  let total = 0
  for (let f = 0; f < count; f++) {
    let [error, norm] = [0, 0]
    for (let t = every; t < frames; t += every) {
      const step = Math.floor(t / stride)
      for (let i = 0; i < cells; i++) {
        const truth = values[(f * frames + t) * cells + i]!
        const value = step === 0 ? values[f * frames * cells + i]! : fields[((step - 1) * count + f) * cells + i]!
        error += (value - truth) ** 2
        norm += truth ** 2
      }
    }
    total += Math.sqrt(error / norm)
  }
  return total / count
}

/** The error of the dense network. */
export async function denseError(
  s: Stepper,
  params: Params,
  data: Trajectories,
  { backend }: Pick<StudyRun, 'backend'>,
): Promise<number> {
  const u = initialOf(wholeFields(data, s, backend))
  const fields = jit((p: Params, v: Tensor) => rollout(p, v, stepsOf(data.front, s)))(params, u)
  return errorOf(await fields.data(), data, s.stride)
}
