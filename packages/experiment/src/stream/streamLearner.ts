import { choice, integer, integers, number, onlineRules, text } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import { spike } from '@spikeward/neurons'
import { spikingStream } from '@spikeward/operators'
import { learner } from '@spikeward/train'
import type { Learner, Sample } from '@spikeward/train'
import { makeSpikingModel } from '../catalogue/kinds/neurons.js'
import { makeOptimizer } from '../catalogue/kinds/optimizers.js'
import { makeSurrogate } from '../catalogue/kinds/surrogates.js'
import type { FlagsOf } from '../config/settings/placed.js'

/** Settings of a network that learns from a stream. */
export const streamSettings = {
  hidden: integers({ min: 1, default: [128], help: 'neurons of each recurrent layer' }),
  neuron: text({ default: 'lif(beta=0.9)', help: 'neuron model' }),
  surrogate: text({ default: 'atan', help: 'slope in the place of the derivative of a spike' }),
  rule: choice(onlineRules, {
    default: 'dRtrl',
    help: `how traces assign errors to earlier samples: ${onlineRules.join(', ')}`,
  }),
  decay: number({
    min: 0,
    max: 1,
    below: true,
    default: 0.9,
    help: 'decay of the averages of esDRtrl, and of the trace of ottt',
  }),
  optimizer: text({ default: 'chain(clipByGlobalNorm(1), adam)', help: 'optimiser' }),
  learningRate: number({ min: 0, above: true, default: 1e-3, help: 'learning rate' }),
  delays: integer({ min: 1, default: 8, help: 'samples whose inputs the network gets at once' }),
  memory: integer({ min: 2, default: 10_000, help: 'samples over which means and deviations are taken' }),
  key: integer({ min: 0, max: 2 ** 32 - 1, default: 0, help: 'key of the initial parameters' }),
}

/** {@link streamSettings} with their values. */
export type StreamSettings = FlagsOf<typeof streamSettings>

/**
 * A learner from names and options.
 *
 * @param columns numbers of one row of the stream
 * @param from a checkpoint to continue from
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_USAGE, CLI_PACKAGE, CLI_PLUGIN; those of the factories and of `learner`
 */
export async function streamLearner(
  o: StreamSettings,
  columns: { readonly inputs: number; readonly outputs: number },
  backend: Backend,
  from?: Uint8Array,
): Promise<Learner> {
  const { model, spikeOptions } = await makeSpikingModel(o.neuron)
  const sizes = { inputs: columns.inputs * o.delays, outputs: columns.outputs }
  const network = spikingStream({
    ...sizes,
    hidden: o.hidden,
    neuron: model,
    spike: spike(await makeSurrogate(o.surrogate), spikeOptions),
  })
  const { rule, decay, memory, key } = o
  const optimizer = await makeOptimizer(o.optimizer, o.learningRate)
  return learner({
    network,
    ...sizes,
    optimizer,
    rule,
    decay,
    memory,
    key,
    backend,
    ...(from === undefined ? {} : { from }),
  })
}

/**
 * Pairs the inputs of a sample and of those before it with the targets `horizon` samples later, so that these are forecast.
 *
 * A `horizon` of 0 takes the targets of the same sample. `delays` is the number of samples whose inputs are given at once, the latest
 * first; those before the stream began are missing.
 */
export async function* ahead(
  stream: AsyncIterable<Sample>,
  { horizon, delays }: { readonly horizon: number; readonly delays: number },
): AsyncGenerator<Sample, void> {
  const seen: ArrayLike<number>[] = []
  for await (const { x, y } of stream) {
    seen.push(x)
    if (seen.length <= horizon) continue
    const at = seen.length - 1 - horizon
    const rows = Array.from({ length: delays }, (_, d) => seen[at - d] ?? new Array<number>(x.length).fill(NaN))
    yield { x: rows.flatMap((row) => Array.from(row)), y }
    if (seen.length > horizon + delays) seen.shift()
  }
}

/** The summary of a stream. */
export interface StreamSummary {
  readonly samples: number
  /** Root mean square of the errors; null without a target. */
  readonly error: number | null
  /** The same for about the last tenth of the samples that were counted. */
  readonly lastError: number | null
  /** The error of predicting the target that was the last one when the prediction was due. */
  readonly persistence: number | null
  readonly seconds: number
}

/**
 * Gathers the summary of a stream in constant memory.
 *
 * @param horizon samples that the targets lie ahead
 */
export function summariser(
  now: () => number,
  horizon = 0,
): {
  add(y: ArrayLike<number>, error: number): void
  summary(): StreamSummary
} {
  const begun = now()
  let samples = 0
  let squares = 0
  let counted = 0
  /** Targets since the one that persistence predicts now. */
  const targets: ArrayLike<number>[] = []
  let persistence = 0
  let persisted = 0
  /** Sums of squared errors of equal blocks; two neighbours are joined when there are too many. */
  let blocks: { sum: number; count: number }[] = []
  let blockSize = 1
  const root = (sum: number, n: number): number | null => (n === 0 ? null : Math.sqrt(sum / n))
  return {
    add(y, error) {
      samples++
      const last = targets.length >= Math.max(horizon, 1) ? targets.shift() : undefined
      if (last !== undefined) {
        const differences = Array.from(y, (v, i) => (v - last[i]!) ** 2).filter((d) => !Number.isNaN(d))
        persistence += differences.reduce((a, b) => a + b, 0)
        persisted += differences.length
      }
      targets.push(Array.from(y))
      if (Number.isNaN(error)) return
      squares += error ** 2
      counted++
      const open = blocks.at(-1)
      if (open !== undefined && open.count < blockSize) {
        open.sum += error ** 2
        open.count++
      } else blocks.push({ sum: error ** 2, count: 1 })
      if (blocks.length > 200) {
        blocks = Array.from({ length: Math.ceil(blocks.length / 2) }, (_, i) => {
          const [a, b = { sum: 0, count: 0 }] = blocks.slice(2 * i, 2 * i + 2) as [{ sum: number; count: number }]
          return { sum: a.sum + b.sum, count: a.count + b.count }
        })
        blockSize *= 2
      }
    },
    summary() {
      let [sum, n] = [0, 0]
      for (let i = blocks.length - 1; i >= 0 && n < counted / 10; i--) {
        sum += blocks[i]!.sum
        n += blocks[i]!.count
      }
      return {
        samples,
        error: root(squares, counted),
        lastError: root(sum, n),
        persistence: root(persistence, persisted),
        seconds: now() - begun,
      }
    },
  }
}
