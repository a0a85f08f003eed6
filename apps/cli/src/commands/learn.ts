import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Options, SpikewardError, flag, integer, printValue, text } from '@spikeward/core'
import { readIfThere } from '@spikeward/core/node'
import {
  exitCodes,
  finiteOrNull,
  followFlags,
  openBackend,
  streamLearner,
  streamSettings,
  summariser,
  usageError,
} from '@spikeward/experiment'
import type { FlagsOf, Io, StreamSummary } from '@spikeward/experiment'
import {
  isRepeatable,
  keepHeapSmall,
  learnerStore,
  pluginDigests,
  readText,
  samplesOf,
  withoutSecrets,
} from '@spikeward/experiment/node'
import { type JsonRecord, type LearnedSample, learnerSettings } from '@spikeward/train'
import { addFlags } from '../usage/addFlags.js'
import { watchStream } from '../watch/watchStream.js'
import type { Context } from '../io/processIo.js'
import { addBackendOptions, addDisplayOptions } from './options/sharedOptions.js'

const learnFlags = {
  source: text({
    computed: 'that of --state',
    help: 'the stream: a CSV file with a header or one JSON object a line; a path, ws://…, example:NAME, or -',
  }),
  inputs: text({ computed: 'those of --state', help: 'columns to learn from, with commas' }),
  target: text({ computed: 'those of --state', help: 'columns to predict, with commas' }),
  time: text({
    computed: 'none',
    help: 'column with the time, numbers or dates: samples that are late or doubled are passed over',
  }),
  follow: flag({ default: false, help: 'wait at the end of the file for lines that are appended' }),
  skipInvalid: flag({ default: false, help: 'pass over lines that are no sample, instead of ending with an error' }),
  page: { ...followFlags.watch, help: 'serve a live page of the stream on 127.0.0.1' },
  state: text({
    computed: 'none',
    help: 'file of the learner with all settings but secrets: continued from if it exists, even after a kill',
  }),
  every: integer({
    min: 1,
    default: 10_000,
    help: 'samples between two writes of --state; a journal holds those since',
  }),
}

type Flags = FlagsOf<typeof learnFlags & typeof streamSettings> & {
  readonly backend: string
  readonly threads?: number
  readonly json: boolean
}

const namesIn = (flagName: string, list: string): string[] => {
  const names = list.split(',').map((name) => name.trim())
  if (names.includes(''))
    throw usageError('CLI_BAD_VALUE', `${flagName} ${list}: a name is empty; write names with commas: a,b`)
  return names
}

function lineOf({ index, prediction, error, drift }: LearnedSample, isJson: boolean): string {
  if (!isJson)
    return `${index}\t${prediction.map((v) => v.toPrecision(6)).join('\t')}\t${error.toPrecision(4)}${drift ? '\tdrift' : ''}\n`
  const shown = prediction.length === 1 ? prediction[0]! : prediction
  return `${JSON.stringify({ prediction: shown, error: finiteOrNull(error), ...(drift && { drift }) })}\n`
}

/** The settings that a state stores, so that it continues without flags. */
const stateOptions: Options = {
  ...{ source: learnFlags.source, inputs: learnFlags.inputs, target: learnFlags.target, time: learnFlags.time },
  ...streamSettings,
  backend: text({ required: true, help: 'as the flag' }),
  threads: integer({ min: 1, required: true, help: 'as the flag' }),
}

type Complete = Flags & { readonly source: string; readonly inputs: string; readonly target: string }

/** The given flags, then the settings of the state, then the defaults. */
function withState(flags: Flags, command: Command, state: Uint8Array | null): Complete {
  const stored = state === null ? {} : (learnerSettings(state) ?? {})
  const own = Object.entries(stored).filter(
    ([name]) => Object.hasOwn(stateOptions, name) && command.getOptionValueSource(name) !== 'cli',
  )
  for (const [name, value] of own)
    if (!stateOptions[name]!.type.accepts(value))
      throw new SpikewardError(
        'CHECKPOINT_CORRUPT',
        `the state has ${printValue(value)} as ${name}, which learn does not write; use an intact copy`,
      )
  const { source, inputs, target, ...rest } = { ...flags, ...(Object.fromEntries(own) as Partial<Flags>) }
  if (source !== undefined && inputs !== undefined && target !== undefined) return { ...rest, source, inputs, target }
  const absent = Object.entries({ source, inputs, target }).flatMap(([name, value]) =>
    value === undefined ? [`--${name}`] : [],
  )
  throw usageError(
    'CLI_USAGE',
    `learn needs ${absent.join(', ')}; a file of an earlier --state has them all, but no URL with a secret`,
  )
}

/** The page of a stream, which ends with the command. */
async function openPage(port: number | true | undefined, targets: readonly string[], { err }: Pick<Io, 'err'>) {
  if (port === undefined) return null
  const page = await watchStream(port === true ? 0 : port, targets)
  err(`live page: ${page.url}\n`)
  return { ...page, [Symbol.asyncDispose]: () => page.end('The stream has ended.') }
}

const digits = (value: number | null): string => value?.toPrecision(4) ?? 'unknown'

/** The summary as text: errors beside those of repeating the last value, and which is lower at the end. */
function inWords({ samples, seconds, error, lastError, persistence, lastPersistence }: StreamSummary): string {
  const errors = `error ${digits(error)} (by repeating the last value ${digits(persistence)}), in the last tenth ${digits(lastError)} (${digits(lastPersistence)})`
  return `${samples} samples in ${seconds.toFixed(1)} s: ${errors}${(lastError ?? 0) > (lastPersistence ?? Infinity) ? '; repeating the last value is still better: the learner needs more samples, other inputs, or a longer horizon' : ''}\n`
}

export function addLearn(program: Command, { io, done }: Context): void {
  const command = program
    .command('learn')
    .description('learn from a stream while it runs: predict each sample, then learn from it')
  addFlags(command, learnFlags)
  addFlags(command.optionsGroup('Network and training:'), streamSettings)
  addBackendOptions(command, 'cpu')
  addDisplayOptions(command).action(async (flags: Flags) => {
    const state = flags.state === undefined ? null : resolve(flags.state)
    // Nothing is written before the flags are known to be complete.
    const o = withState(flags, command, state === null ? null : await readIfThere(state))
    const columns = { inputs: namesIn('--inputs', o.inputs), targets: namesIn('--target', o.target), time: o.time }
    const hasSecret = withoutSecrets(o.source) !== o.source
    const source = o.source === '-' || /^example:|:\/\//.test(o.source) ? o.source : resolve(o.source)
    keepHeapSmall()
    const repeats = await isRepeatable(source)
    await using backend = await openBackend(o.backend, o.threads ?? null)
    const settings = Object.fromEntries(
      Object.entries({ ...o, source: hasSecret ? undefined : source }).filter(
        ([name, value]) => Object.hasOwn(stateOptions, name) && value !== undefined,
      ),
    ) as JsonRecord
    await using store = state === null ? null : await learnerStore(state, o.every)
    const from = store?.checkpoint
    const files = await pluginDigests(settings)
    const learner = await streamLearner(o, columns, backend, {
      settings,
      files,
      ...(from === undefined ? {} : { from }),
    })
    await store?.open(learner)
    await using page = await openPage(o.page, columns.targets, io)
    const stop = new AbortController()
    const stopListening = io.onInterrupt(() => stop.abort())
    const result = summariser(() => performance.now() / 1000, o.horizon)
    let [drifts, skipped] = [0, 0]
    const pass = (error: Error): void => {
      skipped++
      io.err(`${error.message}\n`)
    }
    // A file begins anew; the samples that the learner knows are passed over. Other sources continue where they are.
    let known = repeats ? learner.count : 0
    if (learner.count > 0) io.err(`continues after ${learner.count} samples\n`)
    try {
      const text = readText(source, { follow: o.follow, signal: stop.signal })
      for await (const list of samplesOf(text, columns, o.skipInvalid ? pass : undefined)) {
        const samples = list.slice(known)
        known -= list.length - samples.length
        if (samples.length === 0) continue
        const outcomes = await learner.take(samples)
        // A line is an acknowledgement: what it tells of survives this process.
        await store?.keep(samples)
        for (const { y, error, drift } of outcomes) {
          result.add(y, error)
          if (drift) drifts++
        }
        io.out(outcomes.map((outcome) => lineOf(outcome, o.json)).join(''))
        await page?.show(outcomes, await learner.rates())
        await io.drained?.()
        if (stop.signal.aborted) break
      }
    } finally {
      stopListening()
    }
    await store?.save()
    const summary = { ...result.summary(), count: learner.count, drifts, skipped, ...learner.clock, state }
    if (o.json) io.out(`${JSON.stringify({ summary })}\n`)
    else io.err(inWords(summary))
    done(exitCodes.done)
  })
}
