import { resolve } from 'node:path'
import type { Command } from 'commander'
import { flag, number, text } from '@spikeward/core'
import type { OperatorData } from '@spikeward/core'
import { pointsOf, relativeL2 } from '@spikeward/problems'
import { readColumns } from '@spikeward/problems/node'
import { evaluateOperator } from '@spikeward/train'
import {
  asUsage,
  errorText,
  exitCodes,
  intervalsOf,
  outsideNote,
  placed,
  pointsOutside,
  usageError,
} from '@spikeward/experiment'
import type { Experiment, FlagsOf, Io, OperatorExperiment, Radii } from '@spikeward/experiment'
import {
  asPoints,
  checkOut,
  functionOf,
  namesOf,
  openFinished,
  readArray,
  readFunctions,
  readNamedPoints,
  rowsIn,
  writePrediction,
} from '@spikeward/experiment/node'
import type { OpenedRun, PredictionFile } from '@spikeward/experiment/node'
import type { Context } from './options/context.js'
import { addBackendOptions, addDisplayOptions, lastFlag } from './options/sharedOptions.js'
import { addFlags } from '../usage/addFlags.js'
import type { OpenFlags } from './options/sharedOptions.js'

const predictFlags = {
  out: placed('<file>', text({ required: true, help: 'output file: .npy, .csv or .json' })),
  data: placed(
    '<file>',
    text({
      computed: 'none',
      help: 'input functions, [functions × sensors]; for a function of points, [points × inputs], of a table the columns that the run learned from',
    }),
  ),
  inputs: text({
    computed: 'the only array of the file',
    help: 'the array of these inputs; f@s for functions with own sensors s; f+g for two input functions',
  }),
  function: placed(
    '<f>',
    text({
      computed: 'none',
      help: 'one input function: an expression such as "sin(pi*x)", or key:7 for a random one; with several functions an expression each and ; between them',
    }),
  ),
  interval: placed(
    '<p>',
    number({
      min: 0,
      max: 1,
      above: true,
      below: true,
      computed: 'none',
      help: 'also write intervals that contain the truth with this probability, such as 0.9; from the errors on the validation split',
    }),
  ),
  force: flag({ default: false, help: 'replace an existing file' }),
  ...lastFlag,
}

type Options = FlagsOf<typeof predictFlags> & OpenFlags

/** Input functions at the sensors, and solutions if a reference solver is available. */
type Inputs = { readonly sensors: Float64Array; readonly count: number; readonly reference: Float64Array | null }

async function inputsOf({ problem }: OperatorExperiment, o: Options): Promise<Inputs> {
  const { sensors, generator, at } = problem
  if (o.function !== undefined) {
    const f = await functionOf(o.function, problem)
    const values = f(sensors.x)
    if (!values.every(Number.isFinite)) {
      throw usageError(
        'CLI_EXPRESSION',
        `"${o.function}" is not finite at every sensor; write a function that is finite on its domain`,
      )
    }
    return { sensors: values, count: 1, reference: generator === null ? null : generator.solve(f, at) }
  }
  const { rows, count } = await readFunctions(resolve(o.data ?? ''), o.inputs, sensors)
  return { sensors: rows, count, reference: null }
}

async function ofOperator(run: OpenedRun, experiment: OperatorExperiment, o: Options): Promise<PredictionFile> {
  const { problem, network } = experiment
  const { sensors, count, reference } = await asUsage(() => inputsOf(experiment, o))
  const { x } = pointsOf(problem.at)
  const points = x.length / problem.axes.length
  const data: OperatorData = { count, sensors, values: new Float64Array(count * points * problem.outputs) }
  const { prediction } = await evaluateOperator(network, run.variables, problem, data)
  return {
    run: run.path,
    problem: run.config.problem,
    kind: 'functions',
    functions: count,
    axes: problem.axes,
    coordinates: x,
    grid: problem.at.kind === 'grid' ? problem.at.axes.map((axis) => axis.length) : [points],
    outputs: problem.outputs,
    values: prediction,
    reference,
  }
}

async function atPoints(
  run: OpenedRun,
  experiment: Exclude<Experiment, OperatorExperiment>,
  o: Options,
  io: Io,
): Promise<PredictionFile> {
  const { inputs, outputs } = experiment.problem
  if (o.function !== undefined)
    throw usageError('CLI_USAGE', `${run.config.problem} has no input function; give points with --data`)
  const path = resolve(o.data ?? '')
  const names = await namesOf(run.config, experiment)
  const { rows, count } = await asUsage(async () => {
    const named =
      o.inputs === undefined && names.columns !== null ? await readNamedPoints(path, names.columns, io) : null
    const listed = o.inputs === undefined ? null : await readColumns(path, o.inputs)
    const array = asPoints(named ?? listed ?? (await readArray(path, undefined)), inputs, path)
    return rowsIn(array, inputs, `points of [points × ${inputs}]`)
  })
  // The domain of a table is no more than the range of its rows.
  const measured = run.config.data !== null
  const outside = pointsOutside(experiment.problem, rows)
  const note = o.quiet ? null : outsideNote(experiment.problem, rows, outside, measured)
  if (note !== null) io.err(note)
  const evaluator = experiment.at({ x: rows, y: new Float64Array(count * outputs), count, grid: null })
  try {
    const { prediction } = await evaluator.evaluate(run.variables)
    const values = prediction.slice()
    if (!measured) for (const point of outside) values.fill(Number.NaN, point * outputs, (point + 1) * outputs)
    return {
      run: run.path,
      problem: run.config.problem,
      kind: 'points',
      functions: 1,
      axes: names.inputs,
      coordinates: rows,
      grid: [count],
      outputs,
      ...(names.outputs === null ? {} : { names: names.outputs }),
      values,
      reference: null,
      outside,
    }
  } finally {
    evaluator.dispose()
  }
}

/** A prediction with its intervals; the radii are those of one row or of one function. */
function withIntervals(prediction: PredictionFile, level: number, { radii }: Radii): PredictionFile {
  const end = (sign: number): Float64Array => prediction.values.map((v, i) => v + sign * radii[i % radii.length]!)
  return { ...prediction, interval: { level, lower: end(-1), upper: end(1) } }
}

export function addPredict(program: Command, { io, done }: Context): void {
  const command = program
    .command('predict')
    .description('predict for your own functions or points with a trained run')
    .argument('<run>', 'the run folder')
    // Before the flags that are required in any case.
    .hook('preAction', (called) => {
      const { data, function: f } = called.opts<Partial<Options>>()
      if ((data === undefined) === (f === undefined))
        throw usageError('CLI_USAGE', 'give either --data or --function, the inputs of the prediction')
    })
  addFlags(command, predictFlags)
  addBackendOptions(command, null)
  addDisplayOptions(command).action(async (path: string, options: Options) => {
    const out = resolve(options.out)
    await checkOut(out, options.force, options.interval !== undefined)
    await using run = await openFinished(path, options, io)
    const { experiment } = run.parts
    const prediction =
      experiment.kind === 'operator'
        ? await ofOperator(run, experiment, options)
        : await atPoints(run, experiment, options, io)
    const intervals =
      options.interval === undefined
        ? null
        : await asUsage(() => intervalsOf(experiment, run.variables, options.interval!))
    await writePrediction(
      out,
      intervals === null ? prediction : withIntervals(prediction, options.interval!, intervals),
    )
    const { functions, grid, outputs, values, reference, outside } = prediction
    const error = reference === null ? null : relativeL2(values, reference)
    const result = {
      run: run.path,
      out,
      functions,
      grid,
      outputs,
      relativeL2: error,
      ...(outside === undefined ? {} : { outside: outside.length }),
      ...(intervals === null ? {} : { interval: { level: options.interval, rows: intervals.count } }),
    }
    const against = error === null ? '' : `, relative L2 ${errorText(error)} from the reference solver`
    io.out(
      options.json
        ? `${JSON.stringify(result)}\n`
        : `${out}: ${experiment.kind === 'operator' ? `${functions} functions at ` : ''}${grid.join(' × ')} points${against}\n`,
    )
    done(exitCodes.done)
  })
}
