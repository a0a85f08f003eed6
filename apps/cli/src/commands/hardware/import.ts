import { extname, resolve } from 'node:path'
import type { Command } from 'commander'
import { readRegular } from '@spikeward/core/node'
import { readNirFile } from '@spikeward/nir/node'
import { record } from '@spikeward/train/node'
import {
  AUTO,
  TABLE,
  asUsage,
  buildParts,
  checkStateDict,
  configOf,
  exitCodes,
  keyOption,
  memoryFlags,
  nirNetworkName,
  openFor,
  outFlags,
  problemIn,
  readStateDict,
  trainingEvents,
  usageError,
  withStateDict,
} from '@spikeward/experiment'
import type { FlagsOf, StateDict, TrainOptions } from '@spikeward/experiment'
import { checkMemory, claimRun, prepareFolder } from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'
import { readDtFlag } from './chipFlags.js'
import type { Context } from '../../io/processIo.js'
import { addDeclaredFlags, withDeclared } from '../options/declaredFlags.js'
import {
  addBackendOptions,
  addDisplayOptions,
  addEstimatorOptions,
  addNetworkOptions,
  addProblemOptions,
  addTrainingOptions,
  withBudget,
} from '../options/sharedOptions.js'

const importFlags = { ...readDtFlag('the one stored in the file'), key: keyOption, ...memoryFlags, ...outFlags }

const STATE_DICT = '.safetensors'

/** The settings of a network of a state dict: the sizes of its layers, and its neurons if it has some. */
function settingsOf({ layers, neuron }: StateDict, flags: TrainOptions): TrainOptions {
  const hidden = layers.slice(0, -1).map(({ outputs }) => outputs)
  if (flags.hidden !== undefined)
    throw usageError('CLI_USAGE', 'the file has the sizes of its layers; leave out --hidden')
  if (neuron === null && flags.neuron === undefined && flags.spiking !== 'none')
    throw usageError(
      'CLI_USAGE',
      'the state dict does not say which neurons it has; name them with --neuron, such as "spikingJellyLif(tau=2)"; or give --spiking none for tanh',
    )
  return { ...flags, network: 'spikingMlp', hidden, ...(neuron === null ? {} : { neuron: flags.neuron ?? neuron }) }
}

export function addImport(program: Command, { io, done, plugins }: Context): void {
  const command = program
    .command('import')
    .description(
      'make a run folder from a NIR file or a state dict of PyTorch; evaluate measures it, and resume trains it',
    )
    .argument('<file>', 'the NIR file, or the state dict as .safetensors')
  addProblemOptions(command)
  addNetworkOptions(command)
  addEstimatorOptions(command)
  addBackendOptions(command, AUTO)
  addTrainingOptions(command)
  addFlags(command.optionsGroup('Run:'), importFlags)
  addDeclaredFlags(addDisplayOptions(command), plugins)
  command.action(async (file: string, flags: TrainOptions & FlagsOf<typeof importFlags>) => {
    const { network, dt, ...options } = withBudget(withDeclared(flags, command))
    if (network !== undefined) throw usageError('CLI_USAGE', 'the file is the network; leave out --network')
    const path = resolve(file)
    const dict =
      extname(path) === STATE_DICT
        ? await asUsage(async () => readStateDict(await readRegular(path, { what: 'a state dict' })))
        : null
    const graph = dict === null ? await asUsage(() => readNirFile(path)) : null
    const problem = options.problem ?? (dict !== null && options.data !== undefined ? TABLE : problemIn(graph, path))
    const how = { io, quiet: options.quiet, ...(graph === null ? {} : { graph }) }
    const settings = dict === null ? { ...options, network: nirNetworkName(path, dt) } : settingsOf(dict, options)
    const resolved = await asUsage(() => configOf(problem, settings, io, graph))
    const parts = await buildParts(resolved, how)
    const { experiment } = parts
    if (dict !== null) await asUsage(() => checkStateDict(dict, experiment))
    const { config, backend: opened } = await asUsage(() => openFor(resolved, parts, how))
    await using backend = opened
    await checkMemory(parts, config, backend, options.memoryCheck ? null : io.err)
    const folder = await prepareFolder(options.out, options.force)
    const run = await folder.create(config)
    await using _claim = await claimRun(run)
    // A training that is stopped before its first step leaves a checkpoint of the network in the file.
    const { events, stop } = trainingEvents({ config, parts, backend, resume: null, communicator: null })
    stop()
    for await (const event of record(run, events)) if (event.type === 'end') break
    const untrained = dict === null ? null : await run.checkpoint()
    if (dict !== null && untrained !== null)
      await run.saveCheckpoint(withStateDict(untrained, dict, experiment.problem.domain))
    const { steps } = config
    io.out(
      options.json
        ? `${JSON.stringify({ run: run.path, file: path, problem, steps })}\n`
        : `${run.path}: measure it with spikeward evaluate, train it for ${steps} steps with spikeward resume\n`,
    )
    done(exitCodes.done)
  })
}
