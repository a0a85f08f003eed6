import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { integer, text } from '@spikeward/core'
import { reading, writeWhole } from '@spikeward/core/node'
import {
  ahead,
  exitCodes,
  finiteOrNull,
  openBackend,
  streamLearner,
  streamSettings,
  summariser,
  usageError,
} from '@spikeward/experiment'
import type { FlagsOf } from '@spikeward/experiment'
import { readSamples } from '@spikeward/experiment/node'
import { addFlags } from '../usage/addFlags.js'
import type { Context } from './shared/context.js'
import { addBackendOptions, addDisplayOptions } from './shared/sharedOptions.js'

const learnFlags = {
  source: text({
    required: true,
    help: 'the stream: a CSV file with a header or one JSON object a line; - is standard input',
  }),
  inputs: text({ required: true, help: 'columns to learn from, with commas' }),
  target: text({ required: true, help: 'columns to predict, with commas' }),
  horizon: integer({ min: 0, default: 0, help: 'samples that the target lies ahead' }),
  state: text({ computed: 'none', help: 'file of the learner: written at the end, and continued from if it exists' }),
  every: integer({ min: 1, default: 10_000, help: 'samples between two writes of --state' }),
}

type Options = FlagsOf<typeof learnFlags & typeof streamSettings> & {
  readonly backend: string
  readonly threads?: number
  readonly json: boolean
}

const namesIn = (flag: string, list: string): string[] => {
  const names = list.split(',').map((name) => name.trim())
  if (names.includes(''))
    throw usageError('CLI_BAD_VALUE', `${flag} ${list}: a name is empty; write names with commas: a,b`)
  return names
}

/** `learn`: predicts each sample of a stream, then learns from it. */
export function addLearn(program: Command, { io, done }: Context): void {
  const command = program
    .command('learn')
    .description('learn from a stream while it runs: predict each sample, then learn from it')
  addFlags(command, learnFlags)
  addFlags(command.optionsGroup('Network and training:'), streamSettings)
  addBackendOptions(command, 'cpu')
  addDisplayOptions(command).action(async (o: Options) => {
    const columns = { inputs: namesIn('--inputs', o.inputs), targets: namesIn('--target', o.target) }
    const sizes = { inputs: columns.inputs.length, outputs: columns.targets.length }
    const state = o.state === undefined ? null : resolve(o.state)
    const from = state !== null && existsSync(state) ? await reading(state, () => readFile(state)) : undefined
    await using backend = await openBackend(o.backend, o.threads ?? null)
    const learner = await streamLearner(o, sizes, backend, from)
    const save = async (): Promise<void> => {
      if (state !== null) await writeWhole(state, await learner.checkpoint())
    }
    let stopped = false
    const stopListening = io.onInterrupt(() => (stopped = true))
    const result = summariser(() => performance.now() / 1000, o.horizon)
    // A file begins anew; the samples that the learner knows are passed over. Standard input continues where it is.
    let known = o.source === '-' ? 0 : learner.count
    try {
      for await (const sample of ahead(readSamples(o.source === '-' ? '-' : resolve(o.source), columns), o)) {
        if (stopped) break
        if (known > 0) {
          known--
          continue
        }
        const { index, prediction, error } = await learner.next(sample)
        result.add(sample.y, error)
        const shown = prediction.length === 1 ? prediction[0]! : prediction
        if (o.json) io.out(`${JSON.stringify({ prediction: shown, error: finiteOrNull(error) })}\n`)
        else io.out(`${index}\t${prediction.map((v) => v.toPrecision(6)).join('\t')}\t${error.toPrecision(4)}\n`)
        if (learner.count % o.every === 0) await save()
      }
    } catch (error) {
      // The command reports the error of the stream, whether or not the samples before it could be saved.
      await save().catch(() => undefined)
      throw error
    } finally {
      stopListening()
    }
    await save()
    const summary = { ...result.summary(), count: learner.count, state }
    if (o.json) io.out(`${JSON.stringify({ summary })}\n`)
    else
      io.err(
        `${summary.samples} samples in ${summary.seconds.toFixed(1)} s: error ${summary.error?.toPrecision(4) ?? 'unknown'}, of the last tenth ${summary.lastError?.toPrecision(4) ?? 'unknown'}; the last value ${summary.persistence?.toPrecision(4) ?? 'unknown'}\n`,
      )
    done(exitCodes.done)
  })
}
