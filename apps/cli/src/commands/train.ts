import type { Command } from 'commander'
import { build } from '../run/build.js'
import { openBackend } from '../catalogue/backends.js'
import { stepsWithin } from '../run/pace.js'
import type { Context } from './shared/context.js'
import { hashOf } from '../experiment/ownData.js'
import { claimRun, prepareFolder } from '../run/runFolder.js'
import { checkMemory } from '../run/checkMemory.js'
import type { TrainOptions } from '../config/trainOptions.js'
import { checkpointEveryOf, configOf } from '../config/configOf.js'
import { runTraining } from '../run/runTraining.js'
import { asUsage } from '../usage/usageError.js'
import { count, countOrNone, keyNumber, positive } from '../usage/values.js'
import { defaultsHelp } from './shared/defaultsHelp.js'
import { addDeclaredFlags, withDeclared } from './shared/declaredFlags.js'
import {
  addBackendOptions,
  addDisplayOptions,
  addFiguresOption,
  addLossOptions,
  addNetworkOptions,
  addProblemOptions,
  problemNamed,
} from './shared/sharedOptions.js'

function addEstimatorOptions(command: Command): Command {
  return command
    .optionsGroup('Estimator:')
    .option('--estimator <name>', 'gradient estimator, or package#name')
    .option('--exact-readout', "form the readout's gradient exactly, the rest by the estimator")
}

function addRunOptions(command: Command): Command {
  return command
    .optionsGroup('Run:')
    .option('--key <n>', 'where all random numbers of the run come from', keyNumber, 0)
    .option('--optimizer <name>', 'optimiser')
    .option('--learning-rate <r>', 'learning rate at the first step', positive('the learning rate', 1e6))
    .option('--schedule <name>', 'cosine or constant')
    .option('--steps <n>', 'steps of training', count('steps'))
    .option('--seconds <s>', 'train for about this many seconds', positive('seconds', 1e8))
    .option('--batch <n>', 'points a step; of an operator, input functions', count('the batch'))
    .option('--readout-solve <n>', 'solve the readout exactly every n steps; 0: never', countOrNone('readout-solve'))
    .option(
      '--readout-penalty <l>',
      'penalty of these solves, relative to the mean square of a feature; default 1e-4',
      positive('the penalty', 1e6),
    )
    .option('--checkpoint-every <n>', 'steps between two checkpoints; default a twentieth', count('checkpoint-every'))
    .option('--out <folder>', 'the run folder; default: a new one under runs/')
    .option('--force', 'replace the run in the folder', false)
}

/** `train <problem>`: a run from its first step, in a folder of its own. */
export function addTrain(program: Command, { io, done, plugins }: Context): void {
  const command = program
    .command('train')
    .description(
      'train a spiking network on a problem; default rates, steps and sizes are the best measured for it with each estimator',
    )
    .argument('[problem]', 'what to learn; `spikeward list` names them; may be left out with --data')
  addProblemOptions(command)
  addNetworkOptions(command)
  addLossOptions(command)
  addEstimatorOptions(command)
  addBackendOptions(command, 'cpu')
  addRunOptions(command)
  addFiguresOption(addDisplayOptions(command))
  addDeclaredFlags(command, plugins)
  command.addHelpText('after', defaultsHelp).action(async (name: string | undefined, given: TrainOptions) => {
    const options = withDeclared(given, command)
    const problem = problemNamed(name, options)
    const draft = await asUsage(() => configOf(problem, options, io))
    const how = { io, quiet: options.quiet }
    const parts = await build(draft, how)
    await using backend = await asUsage(() => openBackend(draft.backend, draft.threads))
    checkMemory(parts, backend)
    const folder = await prepareFolder(options.out, draft, options.force)
    let config = draft.data === null ? draft : { ...draft, dataHash: await hashOf(draft.data) }
    if (draft.seconds !== null) {
      const steps = await stepsWithin(draft.seconds, parts, backend)
      config = { ...config, steps, checkpointEvery: options.checkpointEvery ?? checkpointEveryOf(steps) }
    }
    const run = await folder.create(config)
    await using _claim = await claimRun(run)
    const display = { json: options.json, quiet: options.quiet, figures: options.figures ?? true }
    const planned = config.steps === draft.steps ? parts : await build(config, how)
    done(await runTraining({ config, parts: planned, backend, run, resume: null, display, io }))
  })
}
