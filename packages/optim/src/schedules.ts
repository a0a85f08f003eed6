import {
  add,
  cast,
  checkValue,
  cos,
  declared,
  declaredType,
  defineFactory,
  defineOptions,
  div,
  either,
  flag,
  floor,
  full,
  greaterEqual,
  integer,
  isFloat,
  maximum,
  minimum,
  mul,
  number,
  pairs,
  pow,
  sub,
  treeMap,
  where,
} from '@spikeward/core'
import type { OptionsOf, Tensor, TensorLike, Tree } from '@spikeward/core'

/**
 * A learning rate as a function of the step: a scalar tensor that counts from 0. It uses operations only, so that a
 * whole training step with its rate is one `jit`. It computes in the step's floating type (f32 for an integer step).
 */
export type Schedule = (step: Tensor) => TensorLike

/** Whether a value is a schedule: any function of the step. */
const isSchedule = (x: unknown): x is Schedule => typeof x === 'function'

/** A rate: a number of at least 0. */
/* @__NO_SIDE_EFFECTS__ */
function initialRate(help = 'learning rate at step 0') {
  return number({ min: 0, required: true, code: 'INVALID_LEARNING_RATE', help })
}

/** The learning rate of an optimiser: a number of at least 0, or a schedule. */
export const rateArgument = /* @__PURE__ */ defineOptions(() => ({
  rate: either(initialRate('learning rate'), declaredType('schedule', isSchedule)),
}))

const startArgument = /* @__PURE__ */ defineOptions(() => ({ initial: initialRate() }))

/**
 * The same rate always.
 *
 * @throws INVALID_LEARNING_RATE
 * @example const rate = constant(1e-3)
 */
export const constant = /* @__PURE__ */ defineFactory(
  {
    kind: 'schedule',
    name: 'constant',
    summary: 'the same rate always',
    facts: { rate: 'r' },
    arguments: startArgument,
  },
  (read) =>
    (initial: number): Schedule => {
      read({}, { initial })
      return () => initial
    },
)

const cosineOptions = /* @__PURE__ */ defineOptions(() => ({
  /** Rate at step 0. */
  initial: initialRate(),
  /** Steps until the floor is reached; it stays there. */
  steps: integer({ min: 1, required: true, help: 'steps until the floor is reached' }),
  /** Last rate as a share of the first, 0 to 1, default 1e-3. */
  floor: number({ min: 0, default: 1e-3, help: 'last rate as a share of the first' }),
}))

/** Options of {@link cosineDecay}. */
export type CosineDecayOptions = OptionsOf<typeof cosineOptions>

/**
 * Half a cosine from the initial rate down to a floor: r(t) = r₀ (f + (1 − f)·½(1 + cos(π·min(t/n, 1)))).
 *
 * @throws INVALID_LEARNING_RATE, INVALID_OPTION, UNKNOWN_OPTION
 * @see Loshchilov & Hutter 2016 (1608.03983), without restarts
 * @example const rate = cosineDecay({ initial: 1e-3, steps: 10_000 })
 */
export const cosineDecay = /* @__PURE__ */ defineFactory(
  {
    kind: 'schedule',
    name: 'cosineDecay',
    aliases: ['cosine'],
    summary: 'half a cosine down to a floor',
    facts: { rate: 'r₀ (f + (1 − f)·½(1 + cos(π·min(t/n, 1))))' },
    options: cosineOptions,
  },
  (read) =>
    (options: CosineDecayOptions): Schedule => {
      const { initial, steps, floor: share } = read(options)
      return (step) => {
        const done = minimum(div(real(step), steps), 1)
        return mul(add(mul(add(cos(mul(done, Math.PI)), 1), (1 - share) / 2), share), initial)
      }
    },
)

const exponentialOptions = /* @__PURE__ */ defineOptions(() => ({
  /** Rate at step 0. */
  initial: initialRate(),
  /** Factor for every `every` steps. */
  factor: number({ min: 0, above: true, required: true, help: 'factor per period (γ)' }),
  /** Steps for one factor. */
  every: integer({ min: 1, required: true, help: 'steps of a period' }),
  /** True: the rate falls only at multiples of `every`. Default false: a little at each step. */
  staircase: flag({ default: false, help: 'fall only at multiples of every' }),
  /** Lowest rate, default 0. */
  floor: number({ min: 0, default: 0, code: 'INVALID_LEARNING_RATE', help: 'least rate' }),
}))

/** Options of {@link exponentialDecay}. */
export type ExponentialDecayOptions = OptionsOf<typeof exponentialOptions>

/**
 * A rate that shrinks by a factor: r(t) = max(floor, r₀ γ^(t/n)), with ⌊t/n⌋ for a staircase.
 *
 * @throws INVALID_LEARNING_RATE, INVALID_OPTION, UNKNOWN_OPTION
 * @example const rate = exponentialDecay({ initial: 1e-2, factor: 0.5, every: 1000 })
 */
export const exponentialDecay = /* @__PURE__ */ defineFactory(
  {
    kind: 'schedule',
    name: 'exponentialDecay',
    summary: 'a rate that shrinks by a factor',
    facts: { rate: 'max(f, r₀ γ^(t/n)), with ⌊t/n⌋ for a staircase' },
    options: exponentialOptions,
  },
  (read) =>
    (options: ExponentialDecayOptions): Schedule => {
      const { initial, factor, every, staircase, floor: least } = read(options)
      return (step) => {
        const periods = div(real(step), every)
        return maximum(mul(pow(factor, staircase ? floor(periods) : periods), initial), least)
      }
    },
)

type Jumps = readonly (readonly [step: number, rate: number])[]

const jumpArguments = /* @__PURE__ */ defineOptions(() => ({
  initial: initialRate('rate before the first jump'),
  jumps: pairs({ required: true, help: 'steps and the rates that begin there' }),
}))

/** From one jump to the next. */
const jumpLength = /* @__PURE__ */ integer({ min: 1, required: true, help: 'steps since the jump before' })

/**
 * A rate that jumps at given steps: the first, then from each named step on the rate named with it.
 *
 * @param initial rate before the first jump
 * @param jumps pairs of step and new rate, by rising step
 * @throws INVALID_LEARNING_RATE, INVALID_OPTION where the steps do not rise
 * @example const rate = piecewise(1e-2, [[1000, 3e-3], [5000, 1e-3]])
 */
export const piecewise = /* @__PURE__ */ defineFactory(
  {
    kind: 'schedule',
    name: 'piecewise',
    summary: 'a rate that jumps at given steps',
    facts: { rate: 'the rate of the last jump at or before t' },
    arguments: jumpArguments,
  },
  (read) =>
    (initial: number, jumps: Jumps): Schedule => {
      read({}, { initial, jumps })
      jumps.forEach(([at, rate], i) => {
        checkValue('piecewise', `step of jump ${i}`, jumpLength, at - (jumps[i - 1]?.[0] ?? 0))
        checkValue('piecewise', `rate of jump ${i}`, initialRate(), rate)
      })
      return (step) => {
        const t = real(step)
        return jumps.reduce((rate, [at, next]) => where(greaterEqual(t, at), next, rate), fullLike(t, initial))
      }
    },
)

const warmUpArguments = /* @__PURE__ */ defineOptions(() => ({
  steps: integer({ min: 1, required: true, help: 'steps of the rise' }),
  then: declared('schedule', isSchedule, { required: true, help: 'the schedule after the rise' }),
}))

/**
 * A linear rise into another schedule: r(t) = then(0)·(t + 1)/n for t < n, and then(t − n) from there on.
 * The first step already moves: its rate is then(0)/n, where other libraries take 0.
 *
 * @param steps n
 * @throws INVALID_OPTION
 * @example const rate = warmUp(100, cosineDecay({ initial: 1e-3, steps: 9_900 }))
 */
export const warmUp = /* @__PURE__ */ defineFactory(
  {
    kind: 'schedule',
    name: 'warmUp',
    summary: 'a linear rise into another schedule',
    facts: { rate: 'then(0)·(t + 1)/n for t < n, and then(t − n) from there on' },
    arguments: warmUpArguments,
  },
  (read) =>
    (steps: number, then: Schedule): Schedule => {
      read({}, { steps, then })
      return (step) => {
        const t = real(step)
        // then(late) is then(0) all through the rise.
        const late = maximum(sub(t, steps), 0)
        return mul(minimum(div(add(t, 1), steps), 1), then(late))
      }
    },
)

const fullLike = (t: Tensor, value: number): Tensor => full(t.shape, value, t.dtype)

const real = (step: Tensor): Tensor => (isFloat(step.dtype) ? step : cast(step, 'f32'))

/**
 * The next parameters: θ + Δθ, tensor by tensor.
 *
 * @throws STRUCTURE_MISMATCH
 * @example params = applyUpdates(params, optimizer.update(grad, state, params).updates)
 */
export const applyUpdates = <P extends Tree>(params: P, updates: P): P => treeMap((p, u) => add(p, u), params, updates)
