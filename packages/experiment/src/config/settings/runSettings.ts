/**
 * The settings of a run that no factory declares, each once. Flags, help, the types of options and of config.json, and
 * the checks of config.json derive from these declarations.
 */
import { amplitudeTreatments, solveReadout, spikingParts } from '@spikeward/operators'
import { defineOptions, flag, integer, number, parseNumber, text } from '@spikeward/core'
import type { OptionsOf, ValueType } from '@spikeward/core'
import { factories } from '../../catalogue/factories.js'
import { genericSizes } from '../../catalogue/kinds/networkSizes.js'

/** The penalty of readout solves that is neither given nor tuned. */
export const usualPenalty = Number(solveReadout.declaration.options.lambda.default)

const seconds: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, min: 60 }

function secondsOf(text: string): number {
  const [, number = '', unit = 's'] = /^([\d.eE+-]+?)\s*(ms|s|min)?$/.exec(text.trim()) ?? []
  return (parseNumber(number) ?? NaN) * seconds[unit]!
}

export const LONGEST = 1e8

/** Times separated by commas, as seconds: `15s`, `1s,5s,15s`, `500ms`, `2min`; seconds if there is no unit. */
export const timesType: ValueType<readonly number[]> = {
  name: 'list',
  expects: 'times such as 15s, 500ms or 2min, separated by commas',
  accepts: (x): x is readonly number[] =>
    Array.isArray(x) && x.length > 0 && x.every((s) => typeof s === 'number' && s > 0 && s <= LONGEST),
  parse: (text) => {
    const times = text.split(',').map(secondsOf)
    return times.some(Number.isNaN) ? undefined : times
  },
}

const ofProblem = 'set by the problem'
const tunedValue = 'tuned for the problem, or generic'
/** The greatest count of steps, points and the like. */
export const MAX_COUNT = 1_000_000_000

const treatments = Object.entries(amplitudeTreatments)
  .map(([name, { about }]) => (about === '' ? name : `${name} (${about})`))
  .join(', ')

/** Settings of the network, besides its sizes. */
export const networkSettings = /* @__PURE__ */ defineOptions(() => ({
  network: text({ computed: ofProblem, help: 'kind of network' }),
  /** The treatment of an input function's amplitude: `none`, `divide`, `tell`. */
  amplitude: text({ computed: ofProblem, help: `treatment of the amplitude of inputs; ${treatments}` }),
  /** Which parts spike: `branch,trunk`, `branch`, `trunk`, `none`. */
  spiking: text({
    computed: ofProblem,
    help: `parts of the network that spike; ${Object.keys(spikingParts).join(' or ')} (a dense tanh network)`,
  }),
  neuron: text({ computed: ofProblem, help: 'neuron model' }),
  surrogate: text({ computed: ofProblem, help: 'surrogate for the derivative of the spike' }),
}))

/** Settings of the loss. */
export const lossSettings = /* @__PURE__ */ defineOptions(() => ({
  /** `data`, `relative`, `physics` or `hybrid`. */
  loss: text({
    computed: 'data, or physics if there are none',
    help: 'data, relative, physics or hybrid; relative: the relative L2 error of each function; physics: the residual of the equation',
  }),
  derivative: text({
    computed: 'exact, or stencil if the trunk spikes',
    help: `derivatives of a residual; ${Object.keys(factories.derivative).join(', ')}, or package#name`,
  }),
  /** Width of a stencil, or standard deviation of the noise of Stein's derivatives. */
  derivativeStep: number({
    min: 0,
    above: true,
    max: 1e6,
    computed: 'a share of the shortest axis',
    help: 'width of the stencil; of stein, the standard deviation of the noise',
  }),
  collocation: integer({
    min: 1,
    max: MAX_COUNT,
    computed: `set by the problem, else ${genericSizes.collocation}; of separable networks ${genericSizes.lines}`,
    help: 'residual points per step; for separable networks, lines along each axis',
  }),
  /** The methods that adapt points and weights of a residual, separated by commas: `rad,causal(strength=10)`. */
  refine: text({
    computed: 'none; new points in each step, fixed weights',
    help: `adapt points and weights of a residual; ${Object.keys(factories.refinement).join(', ')}, several separated by commas, such as rad(every=20),causal(strength=10)`,
  }),
  /** Evaluation points per step. */
  points: integer({ min: 1, max: MAX_COUNT, computed: 'all', help: 'evaluation points per step, for operators' }),
  /** Whether conditions are built into the output, if the problem supports that. */
  hard: flag({
    computed: 'on, if the problem supports it',
    help: 'build conditions into the output; off: the loss enforces them',
  }),
}))

/** Settings of the estimator. */
export const estimatorSettings = /* @__PURE__ */ defineOptions(() => ({
  estimator: text({ computed: ofProblem, help: 'gradient estimator, or package#name' }),
  exactReadout: flag({ computed: tunedValue, help: "form the readout's gradient exactly; the rest by the estimator" }),
}))

/** Settings of the training. */
export const trainingSettings = /* @__PURE__ */ defineOptions(() => ({
  optimizer: text({ computed: tunedValue, help: 'optimiser' }),
  learningRate: number({
    min: 0,
    above: true,
    max: 1e6,
    computed: tunedValue,
    help: 'learning rate at the first step',
  }),
  schedule: text({
    computed: ofProblem,
    help: `learning rate over the steps; ${Object.keys(factories.schedule).join(', ')}`,
  }),
  /** Networks that one program trains, each with a key of its own; null: one. */
  members: integer({
    min: 1,
    max: 1000,
    computed: '1',
    help: 'networks that are trained at once, each from its own key; their mean predicts, and intervals grow where they disagree',
  }),
  steps: integer({ min: 1, max: MAX_COUNT, computed: tunedValue, help: 'steps of training' }),
  /** The requested time. */
  seconds: number({
    min: 0,
    above: true,
    max: LONGEST,
    computed: 'as many as the steps take',
    help: 'train for about this many seconds; in place of --steps; checks, checkpoints and figures are not counted',
  }),
  batch: integer({
    min: 1,
    max: MAX_COUNT,
    computed: ofProblem,
    help: 'points per step; for an operator, input functions',
  }),
  /** Steps between two exact solves of the readout. A flag of 0 stands for none. */
  readoutSolve: integer({
    min: 0,
    max: MAX_COUNT,
    computed: tunedValue,
    help: 'exact readout solve every n steps; 0: never',
  }),
  /**
   * Ridge penalty of these solves, relative to the mean square of a feature. If it is neither given nor tuned, the last
   * solve of an operator network has the penalty with the least validation error.
   */
  readoutPenalty: number({
    min: 0,
    above: true,
    max: 1e6,
    computed: usualPenalty.toExponential(),
    help: 'ridge penalty of these solves; relative to the mean square of a feature; if neither given nor tuned, validation chooses that of the last solve of an operator',
  }),
}))

export const runSettings = { ...networkSettings, ...lossSettings, ...estimatorSettings, ...trainingSettings }

/** The settings that a command line gives; all others are absent. */
export type PartialSettings = OptionsOf<typeof runSettings>
