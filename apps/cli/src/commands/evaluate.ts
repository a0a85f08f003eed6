import { resolve } from 'node:path'
import type { Command } from 'commander'
import { evaluateOperator } from '@spikeward/train'
import { noBaseline, ridgeBaseline } from '../run/ridgeBaseline.js'
import type { Context } from './shared/context.js'
import { inPlaceOf, readOwn } from '../experiment/ownData.js'
import { exitCodes } from '../usage/exitCodes.js'
import { openFinished } from '../run/openFinished.js'
import type { OpenedRun } from '../run/openFinished.js'
import { showResult } from '../run/result.js'
import type { Measurement } from '../experiment/experiment.js'
import { finiteOrNull } from '../run/runTraining.js'
import { asUsage, usageError } from '../usage/usageError.js'
import { addBackendOptions, addDataOptions, addDisplayOptions } from './shared/sharedOptions.js'

type Options = {
  readonly data?: string
  readonly inputs?: string
  readonly outputs?: string
  readonly coords?: string
  readonly last?: boolean
  readonly backend?: string
  readonly threads?: number
  readonly json: boolean
  readonly quiet: boolean
}

type Measured = { readonly measured: Measurement; readonly baseline: number | null }

/** Measures a run on its test split. */
async function onTest({ parts, variables, config, backend }: OpenedRun): Promise<Measured> {
  const measured = await parts.experiment.measure(variables, 'test')
  return { measured, baseline: await ridgeBaseline(parts, config.key, backend) }
}

/** Measures a run on all functions of a file. */
async function onFile({ parts, variables, config, backend }: OpenedRun, path: string, o: Options): Promise<Measured> {
  const { experiment } = parts
  if (experiment.kind !== 'operator') {
    throw usageError('CLI_USAGE', `${config.problem} is not an operator; --data must contain pairs of functions`)
  }
  const own = { data: path, inputs: o.inputs ?? null, outputs: o.outputs ?? null, coords: o.coords ?? null }
  const problem = await asUsage(async () => inPlaceOf(experiment.problem, await readOwn(own, 0, true), own))
  const measured = await evaluateOperator(experiment.network, variables, problem, await problem.data('test'))
  const baseline = await ridgeBaseline(parts, config.key, backend, (v) => experiment.baseline(v, problem))
  return { measured, baseline }
}

/** `evaluate <run>`: measures a run, at its best state if it stored one, on the test split, or on functions of a file. Writes nothing. */
export function addEvaluate(program: Command, { io, done }: Context): void {
  const command = program
    .command('evaluate')
    .description(
      'measure a run (its best state with --patience, else the newest) on the test points or functions, or on functions of your own',
    )
    .argument('<run>', 'the run folder')
    .option('--last', 'use the newest state of a run with --patience instead of its best')
  addDataOptions(command)
  addBackendOptions(command, null)
  addDisplayOptions(command).action(async (path: string, options: Options) => {
    await using run = await openFinished(path, options, io)
    const { config, parts, snapshot, backend } = run
    const data = options.data === undefined ? null : resolve(options.data)
    const { measured, baseline } = data === null ? await onTest(run) : await onFile(run, data, options)
    const operator = parts.experiment.kind === 'operator'
    const measuredOn = data === null ? {} : { measuredOn: `the functions of ${data}` }
    showResult(
      io,
      {
        run: run.path,
        problem: config.problem,
        estimator: config.estimator,
        backend: run.backendName,
        relativeL2: finiteOrNull(measured.relativeL2),
        relativeL2Pooled: finiteOrNull(measured.relativeL2Pooled),
        baselineRidge: baseline === null ? null : finiteOrNull(baseline),
        steps: snapshot.step,
        seconds: snapshot.seconds,
        forwardEquivalents: snapshot.forwardEquivalents,
        peakBytes: backend.stats().peakBytes,
      },
      {
        json: options.json,
        figures: [],
        operator,
        noBaseline: noBaseline(parts.experiment),
        readoutSolve: config.readoutSolve,
        ...measuredOn,
      },
    )
    done(exitCodes.done)
  })
}
