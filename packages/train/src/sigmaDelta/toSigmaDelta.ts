import {
  SpikewardError,
  add,
  div,
  exp,
  jit,
  log,
  mean,
  mul,
  relu,
  scan,
  sigmaDeltaForm,
  slice,
  sqrt,
  square,
  sub,
  sum,
  treeMap,
} from '@spikeward/core'
import type { ByLayer, Estimator, Key, Optimizer, Tensor, Tree } from '@spikeward/core'
import { trainStep } from '../fit/trainStep.js'
import { readerOf, sigmaDeltaRollout, sigmaDeltaStart } from './sigmaDeltaRollout.js'
import type { Advance, SigmaDeltaUnits } from './sigmaDeltaRollout.js'

/** Options of {@link toSigmaDelta}. */
export interface ToSigmaDeltaOptions {
  /**
   * Rollouts that the thresholds are chosen on, [1 + steps, samples, …] with the initial fields first. Take them from
   * validation data, and at least 8 samples: thresholds that few rollouts choose may err more on others.
   */
  readonly reference: Tensor
  /**
   * The constant field whose values layers hold before the first step, of several channels one number for each. Default
   * 0.
   */
  readonly rest?: number | readonly number[]
  /**
   * Thresholds in units of the common one, such as those of a network that this one was trained from. Default 1 each.
   */
  readonly ratios?: ByLayer
  /**
   * Leaks of {@link sigmaDeltaRollout} to choose from. Default 0 and 0.5, or 0 if the first layer does not read the
   * field.
   */
  readonly leaks?: readonly number[]
  /** The error that is allowed, in units of that of the dense network. Default 1.02. */
  readonly tolerance?: number
  /** The error that is allowed; in the place of `tolerance`. */
  readonly bound?: number
  /** A forward-only estimator for the logarithms of the thresholds, such as `spsa({ size: 0.1, directions: 2 })`. */
  readonly estimator: Estimator
  /** Such as `adam(0.1)`. */
  readonly optimizer: Optimizer
  /** Steps of the estimator. Default 40. */
  readonly steps?: number
  readonly key: Key
}

/** Thresholds of a time-stepper in sigma–delta form, and what they give on the reference rollouts. */
export interface SigmaDeltaThresholds extends SigmaDeltaUnits {
  readonly leak: number
  /** Mean over the samples of the relative L2 error over all steps. */
  readonly error: number
  readonly denseError: number
  /** Synaptic operations ÷ those of the dense network. */
  readonly operations: number
  /** Runs of the reference rollouts that the search took, in units of a forward pass. */
  readonly runs: number
  /** The same with one threshold for all layers, from which the estimator started. */
  readonly uniform: {
    readonly threshold: number
    readonly leak: number
    readonly error: number
    readonly operations: number
  }
}

/** Common thresholds that are tried, each this ratio below the one before. */
const [LARGEST, SMALLEST, RATIO] = [0.25, 1e-6, 1.2]

/**
 * Weight of the excess of the error. Above it, a change of thresholds that saves operations beyond the bound never
 * pays.
 */
const PENALTY = 10

/** The mean over the samples of ‖u − v‖/‖v‖ over steps and cells. */
export function rolloutError(fields: Tensor, truth: Tensor): Tensor {
  const axes = fields.shape.map((_, a) => a).filter((a) => a !== 1)
  return mean(sqrt(div(sum(square(sub(fields, truth)), axes), sum(square(truth), axes))))
}

/**
 * Turns a trained time-stepper into sigma–delta form and fine-tunes its thresholds, one for each channel of each layer,
 * forward only: the fewest synaptic operations whose error on the reference rollouts stays within a bound. The weights
 * do not change.
 *
 *     min over log θ of log(operations) + 10 max(0, log(error/bound))
 *
 * First the largest common threshold within the bound is found from above, for each of the leaks. From the one of the
 * fewest operations the estimator moves each threshold, and the thresholds with the fewest operations within the bound
 * are returned. It needs no derivative of the network.
 *
 * @param advance the step u ← F(u), whose layers are {@link sigmaDeltaForm}'s
 * @throws INVALID_OPTION if the reference has no step; BOUND_TOO_LOW if no common threshold down to 10⁻⁶ is within the
 *   bound
 * @example
 * const units = await toSigmaDelta(advance, params, { reference, estimator: spsa(), optimizer: adam(0.1), key: key(1) })
 * const { fields, state } = sigmaDeltaRollout(advance, params, units, sigmaDeltaStart(advance, params, u), 20)
 */
export async function toSigmaDelta<P extends Tree>(
  advance: Advance<P>,
  params: P,
  {
    reference,
    rest = 0,
    ratios,
    leaks = [0, 0.5],
    tolerance = 1.02,
    bound,
    estimator,
    optimizer,
    steps = 40,
    key,
  }: ToSigmaDeltaOptions,
): Promise<SigmaDeltaThresholds> {
  const length = reference.shape[0]! - 1
  if (length < 1)
    throw new SpikewardError(
      'INVALID_OPTION',
      `toSigmaDelta: the reference has ${length + 1} times; give the initial fields and at least one step`,
    )
  const shape = reference.shape
  const initial = mean(
    slice(
      reference,
      shape.map(() => 0),
      [1, ...shape.slice(1)],
    ),
    0,
  )
  const truth = slice(reference, [1, ...shape.slice(1).map(() => 0)], shape)
  const form = sigmaDeltaForm(advance)
  const start = sigmaDeltaStart(advance, params, initial, rest)
  const { held } = start
  const shares = ratios ?? form.thresholds(held, 1)
  const logs = (theta: number): ByLayer => treeMap<ByLayer>((t) => log(mul(t, theta)), shares)
  type Data = { readonly params: P; readonly initial: Tensor; readonly truth: Tensor }
  const data: Data = { params, initial, truth }
  const measure = (leak: number) => (logThresholds: ByLayer, d: Data) => {
    const thresholds = treeMap<ByLayer>((t) => exp(t), logThresholds)
    const start = sigmaDeltaStart(advance, d.params, d.initial, rest)
    const { fields, operations } = sigmaDeltaRollout(advance, d.params, { thresholds, leak }, start, length)
    const fanOut = Object.values(form.fanOut(d.params, d.initial)).map((f) => sum(f))
    const dense = mul(
      fanOut.reduce((a, b) => add(a, b)),
      length,
    )
    return { error: rolloutError(fields, d.truth), operations: div(sum(operations), dense) }
  }
  let runs = 0
  const measurer = (leak: number) => {
    const measured = jit(measure(leak))
    return async (logThresholds: ByLayer): Promise<{ error: number; operations: number }> => {
      const { error, operations } = measured(logThresholds, data)
      runs++
      return { error: await error.item(), operations: await operations.item() }
    }
  }
  const densely = jit((d: Data) =>
    rolloutError(
      scan(
        (u: Tensor): [Tensor, Tensor] => {
          const next = advance(d.params, u)
          return [next, next]
        },
        d.initial,
        null,
        { length },
      )[1],
      d.truth,
    ),
  )
  const denseError = await densely(data).item()
  const limit = bound ?? tolerance * denseError
  let uniform: SigmaDeltaThresholds['uniform'] | null = null
  let least = Infinity
  for (const leak of leaks ?? (readerOf(start) === null ? [0] : [0, 0.5])) {
    const at = measurer(leak)
    // From above, since a network that was trained with events may err more without them.
    for (let threshold = LARGEST; threshold > SMALLEST; threshold /= RATIO) {
      const trial = await at(logs(threshold))
      least = Math.min(least, trial.error)
      if (!(trial.error <= limit)) continue
      if (uniform === null || trial.operations < uniform.operations) uniform = { threshold, leak, ...trial }
      break
    }
  }
  if (uniform === null)
    throw new SpikewardError(
      'BOUND_TOO_LOW',
      `toSigmaDelta: the network errs by ${least} or more with any common threshold, and ${limit} is allowed; raise the bound, or train it for longer`,
    )
  const { leak } = uniform
  const [objective, at] = [measure(leak), measurer(leak)]
  const { init, step } = trainStep(
    (t: ByLayer, d: Data): Tensor => {
      const { error, operations } = objective(t, d)
      return add(log(operations), mul(PENALTY, relu(log(div(error, limit)))))
    },
    estimator,
    optimizer,
  )
  const move = jit(step)
  let state = init(logs(uniform.threshold))
  let best = { thresholds: state.trained, error: uniform.error, operations: uniform.operations }
  for (let i = 0; i < steps; i++) {
    state = move(state, data, key)
    runs += await state.forwardEquivalents.item()
    const trial = await at(state.trained)
    if (trial.error <= limit && trial.operations < best.operations) best = { thresholds: state.trained, ...trial }
  }
  return { ...best, runs, leak, thresholds: treeMap<ByLayer>((t) => exp(t), best.thresholds), denseError, uniform }
}
