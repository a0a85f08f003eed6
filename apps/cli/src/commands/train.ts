import type { Command } from 'commander'
import { build } from '../build.js'
import { mostThreads, openBackend } from '../catalogue/backends.js'
import { stepsWithin } from '../calibrate.js'
import type { Context } from '../context.js'
import { prepareFolder } from '../folder.js'
import { checkpointEveryOf, configOf } from '../settings.js'
import type { TrainOptions } from '../settings.js'
import { checkMemory } from '../memory.js'
import { runTraining } from '../training.js'
import { asUsage } from '../usage.js'
import { count, fraction, keyNumber, positive, widths } from '../values.js'

/** `train <problem>`: a run from its first step, in a folder of its own. */
export function addTrain(program: Command, { io, done }: Context): void {
  program
    .command('train')
    .description('train a spiking network on a problem; every default is the best setting measured for it')
    .argument('<problem>', 'what to learn; `spikeward list` names them')
    .option('--estimator <name>', 'gradient estimator, or package#name')
    .option('--scope <name>', 'global or layerwise: what a random direction spans')
    .option('--directions <k>', 'random directions a step, for each layer when layerwise', count('directions', 65_536))
    .option('--distribution <name>', 'where directions come from')
    .option('--size <e>', 'length of a finite step along a direction, for spsa and mezo', positive('size', 1e6))
    .option('--readout <name>', 'exact or noise: how activity treats the readout')
    .option('--damping <d>', 'first damping of a Gauss–Newton step', positive('damping', 1e12))
    .option('--adapt', 'let the damping follow from the loss before and after a step')
    .option('--no-adapt', 'keep the damping as it is: better with mini-batches')
    .option('--exact-readout', "form the readout's gradient exactly, the rest by the estimator", false)
    .option('--backend <name>', 'cpu, native, reference, or package#name', 'cpu')
    .option('--threads <n>', 'threads of the backend', count('threads', mostThreads()))
    .option('--key <n>', 'where all random numbers come from', keyNumber, 0)
    .option('--network <name>', 'kind of network')
    .option('--hidden <widths>', 'widths of the hidden layers: 100, or 50,50', widths)
    .option('--time <steps>', 'steps of time that the neurons run', count('time', 1_000_000))
    .option('--neuron <name>', 'neuron model')
    .option('--beta <b>', 'share of the membrane that is left after a step, 0 to 1', fraction('beta'))
    .option('--surrogate <name>', 'what stands for the derivative of the spike')
    .option('--reset <name>', 'subtract, zero or none')
    .option('--optimizer <name>', 'optimiser')
    .option('--learning-rate <r>', 'learning rate at the first step', positive('the learning rate', 1e6))
    .option('--schedule <name>', 'cosine or constant')
    .option('--steps <n>', 'train for so many steps', count('steps'))
    .option('--seconds <s>', 'train for about so many seconds', positive('seconds', 1e8))
    .option('--batch <n>', 'points a step', count('the batch'))
    .option('--readout-solve <n>', 'solve the readout exactly every n steps', count('readout-solve'))
    .option('--checkpoint-every <n>', 'steps between two checkpoints', count('checkpoint-every'))
    .option('--out <folder>', 'the run folder; default: a new one under runs/')
    .option('--force', 'replace the run in the folder', false)
    .option('--json', 'print one JSON object on the last line of standard output', false)
    .option('--quiet', 'no progress', false)
    .action(async (problem: string, options: TrainOptions) => {
      const draft = configOf(problem, options, io)
      const parts = await build(draft)
      await using backend = await asUsage(() => openBackend(draft.backend, draft.threads))
      checkMemory(draft, parts, backend)
      const folder = await prepareFolder(options.out, draft, options.force)
      let config = draft
      if (draft.seconds !== null) {
        const steps = await stepsWithin(draft.seconds, parts, draft.batch, backend)
        config = { ...draft, steps, checkpointEvery: options.checkpointEvery ?? checkpointEveryOf(steps) }
      }
      const run = await folder.create(config)
      const display = { json: options.json, quiet: options.quiet }
      done(await runTraining({ config, parts: await build(config), backend, run, resume: null, display, io }))
    })
}
