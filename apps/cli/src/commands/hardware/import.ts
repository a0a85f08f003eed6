import { resolve } from 'node:path'
import type { Command } from 'commander'
import { readNirFile } from '@spikeward/nir/node'
import { record } from '@spikeward/train/node'
import {
  AUTO,
  asUsage,
  buildParts,
  configOf,
  exitCodes,
  keyOption,
  memoryFlags,
  nirNetworkName,
  openFor,
  outFlags,
  problemIn,
  trainingEvents,
  usageError,
} from '@spikeward/experiment'
import type { FlagsOf, TrainOptions } from '@spikeward/experiment'
import { checkMemory, claimRun, prepareFolder } from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'
import { readDtFlag } from './chipFlags.js'
import type { Context } from '../options/context.js'
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

export function addImport(program: Command, { io, done, plugins }: Context): void {
  const command = program
    .command('import')
    .description('make a run folder from a NIR file; evaluate measures it, and resume trains it')
    .argument('<file>', 'the NIR file')
  addProblemOptions(command)
  addNetworkOptions(command)
  addEstimatorOptions(command)
  addBackendOptions(command, AUTO)
  addTrainingOptions(command)
  addFlags(command.optionsGroup('Run:'), importFlags)
  addDeclaredFlags(addDisplayOptions(command), plugins)
  command.action(async (file: string, given: TrainOptions & FlagsOf<typeof importFlags>) => {
    const { network, dt, ...options } = withBudget(withDeclared(given, command))
    if (network !== undefined) throw usageError('CLI_USAGE', 'the file is the network; leave out --network')
    const path = resolve(file)
    const graph = await asUsage(() => readNirFile(path))
    const problem = options.problem ?? problemIn(graph, path)
    const how = { io, quiet: options.quiet, graph }
    const asked = await asUsage(() => configOf(problem, { ...options, network: nirNetworkName(path, dt) }, io, graph))
    const parts = await buildParts(asked, how)
    const { config, backend: opened } = await asUsage(() => openFor(asked, parts, how))
    await using backend = opened
    await checkMemory(parts, config, backend, options.memoryCheck ? null : io.err)
    const folder = await prepareFolder(options.out, options.force)
    const run = await folder.create(config)
    await using _claim = await claimRun(run)
    // A training that is stopped before its first step leaves a checkpoint of the network in the file.
    const { events, stop } = trainingEvents({ config, parts, backend, resume: null, communicator: null })
    stop()
    for await (const event of record(run, events)) if (event.type === 'end') break
    const { steps } = config
    io.out(
      options.json
        ? `${JSON.stringify({ run: run.path, file: path, problem, steps })}\n`
        : `${run.path}: measure it with spikeward evaluate, train it for ${steps} steps with spikeward resume\n`,
    )
    done(exitCodes.done)
  })
}
