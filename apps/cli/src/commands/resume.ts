import type { Command } from 'commander'
import { SpikewardError } from '@spikeward/core'
import { openRun } from '@spikeward/train/node'
import { build } from '../run/build.js'
import { openBackend } from '../catalogue/backends.js'
import { readConfig, toRecord } from '../config/trainConfig.js'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Context } from './context.js'
import { exitCodes } from '../usage/exitCodes.js'
import { claimRun } from '../run/runFolder.js'
import { isResult, showResult } from '../run/result.js'
import { isOperator } from '../experiment/makeExperiment.js'
import { runTraining } from '../run/runTraining.js'
import type { Display } from '../run/runTraining.js'
import { positive } from '../usage/values.js'
import { addDisplayOptions } from './sharedOptions.js'

type Options = Display & { readonly learningRate?: number }

/** `resume <run>`: goes on to the configured end of an interrupted run, bit for bit the run that was never stopped. */
export function addResume(program: Command, { io, done }: Context): void {
  const command = program
    .command('resume')
    .description('go on with an interrupted run to its configured end')
    .argument('<run>', 'the run folder')
    .option(
      '--learning-rate <r>',
      'go on with another rate, which becomes the setting of the run: after a loss that was not finite',
      positive('the learning rate', 1e6),
    )
  addDisplayOptions(command).action(async (path: string, { learningRate, ...display }: Options) => {
    const run = await openRun(path)
    const begun = readConfig(run.config, `${run.path}/config.json`)
    await using _claim = await claimRun(run)
    const resume = await run.checkpoint()
    if (resume !== null && resume.step > begun.steps) {
      throw new SpikewardError(
        'RUN_FOLDER_INVALID',
        `${run.path} holds a checkpoint of step ${resume.step}, beyond its ${begun.steps} steps; its files are not of one run`,
      )
    }
    const summary = resume?.step === begun.steps ? await run.summary() : null
    if (summary !== null && isResult(summary)) {
      io.err(`${run.path} is at its end already, step ${begun.steps}; this is what it came to\n`)
      if (learningRate !== undefined) io.err('note: nothing is left to train; --learning-rate is left out\n')
      const { figures, ...result } = summary
      showResult(io, { ...result, run: run.path }, { json: display.json, figures, operator: isOperator(begun) })
      return done(exitCodes.done)
    }
    const config: TrainConfig = learningRate === undefined ? begun : { ...begun, learningRate }
    const parts = await build(config, { io, quiet: display.quiet })
    await using backend = await openBackend(config.backend, config.threads)
    if (learningRate !== undefined) await run.saveConfig(toRecord(config))
    done(await runTraining({ config, parts, backend, run, resume, display, io }))
  })
}
