import type { Command } from 'commander'
import { SpikewardError } from '@spikeward/core'
import { evaluate, restoreVariables } from '@spikeward/train'
import { openRun } from '@spikeward/train/node'
import { ridgeBaseline } from '../baseline.js'
import { build } from '../build.js'
import { mostThreads, openBackend } from '../catalogue/backends.js'
import { readConfig } from '../config.js'
import type { Context } from '../context.js'
import { exitCodes } from '../exit.js'
import { showResult } from '../result.js'
import { finiteOrNull } from '../training.js'
import { asUsage } from '../usage.js'
import { count } from '../values.js'

type Options = { readonly backend?: string; readonly threads?: number; readonly json: boolean }

/** `evaluate <run>`: measures the newest checkpoint on the test points. Writes nothing. */
export function addEvaluate(program: Command, { io, done }: Context): void {
  program
    .command('evaluate')
    .description('measure the newest checkpoint of a run on the test points')
    .argument('<run>', 'the run folder')
    .option('--backend <name>', 'where to run (default: that of the run)')
    .option('--threads <n>', 'threads of the backend', count('threads', mostThreads()))
    .option('--json', 'print one JSON object on the last line of standard output', false)
    .action(async (path: string, options: Options) => {
      const run = await openRun(path)
      const config = readConfig(run.config, `${run.path}/config.json`)
      const snapshot = await run.checkpoint()
      if (snapshot === null) {
        throw new SpikewardError(
          'RUN_FOLDER_INVALID',
          `${run.path} holds no checkpoint yet: the run was stopped before its first one; start it with: spikeward resume ${run.path}`,
        )
      }
      const backendName = options.backend ?? config.backend
      const parts = await build(config)
      await using backend = await asUsage(() => openBackend(backendName, options.threads ?? config.threads))
      const variables = await restoreVariables(parts.network, snapshot, { backend })
      const { relativeL2 } = await evaluate(parts.network, variables, parts.problem.points('test'))
      showResult(
        io,
        {
          run: run.path,
          problem: config.problem,
          estimator: config.estimator,
          backend: backendName,
          relativeL2: finiteOrNull(relativeL2),
          relativeL2Pooled: finiteOrNull(relativeL2),
          baselineRidge: finiteOrNull(await ridgeBaseline(parts, config.key, backend)),
          steps: snapshot.step,
          seconds: snapshot.seconds,
          forwardEquivalents: snapshot.forwardEquivalents,
          peakBytes: backend.stats().peakBytes,
        },
        { json: options.json, figures: [] },
      )
      done(exitCodes.done)
    })
}
