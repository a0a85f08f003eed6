import type { Command } from 'commander'
import { SpikewardError } from '@spikeward/core'
import { openRun } from '@spikeward/train/node'
import { build } from '../build.js'
import { openBackend } from '../catalogue/backends.js'
import { readConfig } from '../config.js'
import type { Context } from '../context.js'
import { runTraining } from '../training.js'
import type { Display } from '../training.js'

/** `resume <run>`: goes on to the configured end of an interrupted run, bit for bit the run that was never stopped. */
export function addResume(program: Command, { io, done }: Context): void {
  program
    .command('resume')
    .description('go on with an interrupted run to its configured end')
    .argument('<run>', 'the run folder')
    .option('--json', 'print one JSON object on the last line of standard output', false)
    .option('--quiet', 'no progress', false)
    .action(async (path: string, display: Display) => {
      const run = await openRun(path)
      const config = readConfig(run.config, `${run.path}/config.json`)
      const resume = await run.checkpoint()
      if (resume !== null && resume.step > config.steps) {
        throw new SpikewardError(
          'RUN_FOLDER_INVALID',
          `${run.path} holds a checkpoint of step ${resume.step}, beyond its ${config.steps} steps; its files are not of one run`,
        )
      }
      if (resume?.step === config.steps && (await run.summary()) !== null) {
        io.err(`${run.path} is at its end already, step ${config.steps}; it is measured again\n`)
      }
      const parts = await build(config)
      await using backend = await openBackend(config.backend, config.threads)
      done(await runTraining({ config, parts, backend, run, resume, display, io }))
    })
}
