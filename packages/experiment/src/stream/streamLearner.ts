import { choice, flag, integer, integers, number, onlineRules, readOptions, text } from '@spikeward/core'
import type { Backend, Filled, Tree } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { type SpikingStreamParams, type SpikingStreamState, spikingStream } from '@spikeward/operators'
import { sgd } from '@spikeward/optim'
import type { HeatedBody } from '@spikeward/problems'
import { type LearnOptions, type LearnedSample, type Learner, type Sample, learner } from '@spikeward/train'
import { makeSpikingModel, makeSurrogate } from '../catalogue/kinds/neurons.js'
import { makeOptimizer } from '../catalogue/kinds/optimizers.js'
import type { FlagsOf } from '../config/settings/dataSettings.js'
import type { Digests } from '../config/trainConfig.js'

/** Settings of a network that learns from a stream. */
export const streamSettings = {
  hidden: integers({ min: 1, default: [128], help: 'neurons of each recurrent layer' }),
  neuron: text({ default: 'lif(beta=0.9)', help: 'neuron model' }),
  surrogate: text({ default: 'atan', help: 'slope in the place of the derivative of a spike' }),
  rule: choice(onlineRules, {
    default: 'ottt',
    help: `how traces assign errors to earlier samples: ${onlineRules.join(', ')}`,
  }),
  decay: number({
    min: 0,
    max: 1,
    below: true,
    default: 0.9,
    help: 'decay of the averages of esDRtrl, and of the trace of ottt',
  }),
  optimizer: text({ default: 'sgd', help: 'optimiser' }),
  learningRate: number({
    min: 0,
    above: true,
    computed: '0.2 / (inputs × delays), at most 0.01',
    help: 'learning rate',
  }),
  raise: number({
    min: 1,
    max: 100,
    default: 1,
    help: 'factor of the learning rate after drift, which falls back to 1 by 1/1000 a sample',
  }),
  horizon: integer({ min: 0, default: 0, help: 'samples that the target lies ahead' }),
  interval: number({
    min: 0,
    above: true,
    computed: 'none',
    help: 'time between two samples by --time: those of a gap then count as missing',
  }),
  delays: integer({ min: 1, default: 8, help: 'samples whose inputs the network gets at once' }),
  hold: flag({ default: false, help: 'a missing input keeps its last value, instead of its mean' }),
  memory: integer({ min: 2, default: 10_000, help: 'samples over which means and deviations are taken' }),
  key: integer({ min: 0, max: 2 ** 32 - 1, default: 0, help: 'key of the initial parameters' }),
}

/** {@link streamSettings} with their values. */
export type StreamSettings = FlagsOf<typeof streamSettings>

/**
 * A learner from names and options.
 *
 * @param columns the names of one row of the stream
 * @param backend absent: the cpu backend on one thread
 * @param more `from`: a checkpoint to continue from, of the same columns and settings but for the learning rate;
 *   `settings`: those from which the caller can make the learner again; `files`: the digests of plug-ins, which a
 *   checkpoint has in common with its learner
 * @throws CHECKPOINT_MISMATCH for a checkpoint of other columns or settings; CLI_UNKNOWN_NAME, CLI_BAD_VALUE,
 *   CLI_USAGE, CLI_PACKAGE, CLI_PLUGIN; those of the factories and of `learner`
 */
export async function streamLearner(
  o: StreamSettings | Filled<typeof streamSettings>,
  columns: {
    readonly inputs: readonly string[]
    readonly targets: readonly string[]
    readonly time?: string | undefined
  },
  backend: Backend | undefined,
  { files = {}, ...more }: Pick<LearnOptions<Tree, Tree>, 'from' | 'settings'> & { readonly files?: Digests } = {},
): Promise<Learner> {
  const { model, spikeOptions } = await makeSpikingModel(o.neuron)
  const sizes = { inputs: columns.inputs.length, outputs: columns.targets.length }
  const network = spikingStream({
    inputs: sizes.inputs * o.delays,
    outputs: sizes.outputs,
    hidden: o.hidden,
    neuron: model,
    spike: spike(await makeSurrogate(o.surrogate), spikeOptions),
  })
  const { hidden, neuron, surrogate, rule, decay, memory, key, horizon, delays, interval, hold } = o
  const optimizer = await makeOptimizer(o.optimizer, o.learningRate ?? rateOf(sizes.inputs * delays))
  return learner({
    network,
    ...sizes,
    optimizer,
    rule,
    decay,
    memory,
    key,
    horizon,
    delays,
    hold,
    raise: o.raise,
    model: {
      columns: { inputs: columns.inputs, targets: columns.targets, time: columns.time ?? null },
      ...{ hidden, neuron, surrogate, optimizer: o.optimizer, key, files },
    },
    ...(backend === undefined ? {} : { backend }),
    ...(interval === undefined ? {} : { interval }),
    ...more,
  })
}

/** Settings of {@link learnStream}: the numbers of a sample, and those of the command `learn`, with its defaults. */
export interface LearnSettings extends Partial<StreamSettings> {
  /** Numbers of a sample's `x` and `y`. */
  readonly inputs: number
  readonly outputs: number
  /** Where to compute. Default: the cpu backend on one thread. */
  readonly backend?: Backend
}

/**
 * Learns from a stream while it runs, with the network and the settings of the command `learn`: predicts each sample
 * before it learns from it, forward only and in constant memory.
 *
 * @param stream samples `{ x, y }` in the order of time, or lists of samples that are there at once; the next are taken
 *   when the last have been learned
 * @throws UNKNOWN_OPTION, INVALID_OPTION, CLI_UNKNOWN_NAME; STREAM_SAMPLE for a sample with other numbers
 * @example
 * for await (const { prediction, error } of learnStream(sensor, { inputs: 2, outputs: 1, horizon: 6 })) show(prediction, error)
 */
export async function* learnStream(
  stream: AsyncIterable<Sample | readonly Sample[]> | Iterable<Sample | readonly Sample[]>,
  { inputs, outputs, backend, ...learning }: LearnSettings,
): AsyncGenerator<LearnedSample, void> {
  const names = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i))
  const columns = { inputs: names(inputs), targets: names(outputs) }
  const settings = readOptions('learn', streamSettings, learning)
  const one = await streamLearner(settings, columns, backend)
  for await (const next of stream) yield* await one.take('x' in next ? [next] : next)
}

/**
 * Options of a `learner` that forecasts as the command does: leaky neurons (β = 0.9) with slope `atan`, by steps of 0.2 ÷
 * numbers read, at most 0.01.
 *
 * @param sizes numbers of a sample, samples that are read at once and that targets lie ahead, and neurons of each
 *   recurrent layer
 */
export function spikingForecaster(
  sizes: Required<Pick<LearnOptions<Tree, Tree>, 'inputs' | 'outputs' | 'delays' | 'horizon'>> & {
    readonly hidden: readonly number[]
  },
): LearnOptions<SpikingStreamParams, SpikingStreamState> {
  const { inputs, outputs, delays, horizon, hidden } = sizes
  const neuron = leakyIntegrateAndFire({ beta: 0.9 })
  const network = spikingStream({ inputs: inputs * delays, outputs, hidden, neuron, spike: spike(atan()) })
  return { network, inputs, outputs, delays, horizon, optimizer: sgd(rateOf(inputs * delays)) }
}

/** Steps along the linear part are stable while rate × numbers read stays well below 2. */
const rateOf = (numbers: number): number => Math.min(0.01, 0.2 / numbers)

/**
 * Those that forecast the sensors of a heated body as far ahead as its plan reaches, from the readings and the plan of
 * four samples.
 *
 * @param hidden neurons of each recurrent layer
 */
export function heatTwin(
  body: HeatedBody,
  hidden: readonly number[],
): LearnOptions<SpikingStreamParams, SpikingStreamState> {
  const outputs = body.sensors.length
  return spikingForecaster({ inputs: outputs + body.heaters, outputs, delays: 4, horizon: body.horizon, hidden })
}
