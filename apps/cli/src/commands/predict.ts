import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type HostCoords, type OperatorProblem, type RegressionProblem, flag, number, text } from '@spikeward/core'
import { pointsOf as coordinatesOf, relativeL2 } from '@spikeward/problems'
import { readColumns } from '@spikeward/problems/node'
import {
  asUsage,
  errorText,
  exitCodes,
  halfLengths,
  intervalsOf,
  outsideNote,
  metavar,
  pointsOutside,
  usageError,
} from '@spikeward/experiment'
import type { Experiment, FlagsOf, Io } from '@spikeward/experiment'
import {
  asPoints,
  checkOut,
  functionOf,
  openFinished,
  readArray,
  readFunctions,
  readPointColumns,
  readSequencesLike,
  rowsIn,
  writePrediction,
} from '@spikeward/experiment/node'
import type { OpenedRun, PredictionFile } from '@spikeward/experiment/node'
import type { Context } from '../io/processIo.js'
import { type OpenFlags, addBackendOptions, addDisplayOptions, lastFlag } from './options/sharedOptions.js'
import { addFlags } from '../usage/addFlags.js'

const predictFlags = {
  out: metavar('<file>', text({ required: true, help: 'output file: .npy, .csv or .json' })),
  data: metavar(
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
  function: metavar(
    '<f>',
    text({
      computed: 'none',
      help: 'one input function: an expression such as "sin(pi*x)", or key:7 for a random one; with several functions an expression each and ; between them',
    }),
  ),
  interval: metavar(
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

type PointProblem = Exclude<Experiment['problem'], OperatorProblem>

/** Where a prediction is made, and input functions with their solutions if a reference solver is available. */
type Request = {
  readonly at: HostCoords
  /** Values at the sensors; null: the network takes none. */
  readonly functions: Float64Array | null
  readonly reference: Float64Array | null
  /** The numbers of points outside the domain; absent for functions. */
  readonly outside?: readonly number[]
}

async function functionsOf(problem: OperatorProblem, o: Options): Promise<Request> {
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
    return { at, functions: values, reference: generator === null ? null : generator.solve(f, at) }
  }
  const { rows } = await readFunctions(resolve(o.data ?? ''), o.inputs, sensors)
  return { at, functions: rows, reference: null }
}

async function pointsOf(run: OpenedRun, problem: PointProblem, o: Options, io: Io): Promise<Request> {
  if (o.function !== undefined)
    throw usageError('CLI_USAGE', `${run.config.problem} has no input function; give points with --data`)
  const path = resolve(o.data ?? '')
  const { inputs, columns } = run.parts.experiment.names
  const wanted = columns ?? inputs.map((name) => ({ name, levels: null, fill: null }))
  const axes = inputs.length
  const table = o.inputs === undefined ? await readPointColumns(path, wanted, io) : null
  const listed = o.inputs === undefined ? null : await readColumns(path, o.inputs)
  const array = asPoints(table ?? listed ?? (await readArray(path, undefined)), axes, path)
  const { rows: x } = rowsIn(array, axes, `points of [points × ${axes}]`)
  return { at: { kind: 'points', x, axes }, functions: null, reference: null, outside: pointsOutside(problem, x) }
}

/** The probabilities of the classes of the sequences of a file. */
async function classified(
  run: OpenedRun,
  problem: RegressionProblem,
  classes: readonly string[],
  o: Options,
): Promise<PredictionFile> {
  const { experiment } = run.parts
  if (o.function !== undefined)
    throw usageError('CLI_USAGE', `${run.config.problem} has no input function; give sequences with --data`)
  const { x, runs } = await asUsage(() => readSequencesLike(run.config, problem, resolve(o.data ?? ''), o.inputs))
  return {
    ...{ run: run.path, problem: run.config.problem, kind: 'points', functions: 1, axes: ['sequence'] },
    ...{ coordinates: Float64Array.from(runs), grid: [runs.length], outputs: classes.length, names: classes, classes },
    values: await experiment.predict(run.variables, { kind: 'points', x, axes: problem.inputs }, null),
    reference: null,
  }
}

type Predicted = {
  readonly prediction: PredictionFile
  /** Of the members of an ensemble at each value. */
  readonly deviation?: Float64Array
}

async function predicted(run: OpenedRun, o: Options, io: Io): Promise<Predicted> {
  const { config, parts, variables } = run
  const { problem, names, predict } = parts.experiment
  const { outputs } = problem
  if (problem.kind === 'regression' && problem.window?.classes !== undefined)
    return { prediction: await classified(run, problem, problem.window.classes, o) }
  const request = await asUsage(() =>
    problem.kind === 'operator' ? functionsOf(problem, o) : pointsOf(run, problem, o, io),
  )
  const { at, functions, reference, outside } = request
  const { x } = coordinatesOf(at)
  // The domain of a table is no more than the range of its rows.
  const measured = config.data !== null
  const note = o.quiet || outside === undefined ? null : outsideNote(problem, x, outside, names.inputs, measured)
  if (note !== null) io.err(note)
  const values = await predict(variables, at, functions)
  if (!measured) for (const point of outside ?? []) values.fill(Number.NaN, point * outputs, (point + 1) * outputs)
  const points = x.length / names.inputs.length
  const deviation = o.interval === undefined ? undefined : await parts.experiment.deviation?.(variables, at, functions)
  const prediction: PredictionFile = {
    run: run.path,
    problem: config.problem,
    kind: functions === null ? 'points' : 'functions',
    functions: values.length / points / outputs,
    axes: names.inputs,
    ...(names.columns === null ? {} : { columns: names.columns }),
    coordinates: x,
    grid: at.kind === 'grid' ? at.axes.map((axis) => axis.length) : [points],
    outputs,
    ...(names.named ? { names: names.outputs } : {}),
    values,
    reference,
    ...(outside === undefined ? {} : { outside }),
  }
  return { prediction, ...(deviation === undefined ? {} : { deviation }) }
}

function withIntervals(prediction: PredictionFile, level: number, halves: Float64Array): PredictionFile {
  const end = (sign: number): Float64Array => prediction.values.map((v, i) => v + sign * halves[i]!)
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
    const { prediction, deviation } = await predicted(run, options, io)
    const intervals =
      options.interval === undefined
        ? null
        : await asUsage(() => intervalsOf(experiment, run.variables, options.interval!))
    await writePrediction(
      out,
      intervals === null
        ? prediction
        : withIntervals(prediction, options.interval!, halfLengths(intervals, prediction.values.length, deviation)),
    )
    const { kind, functions, grid, outputs, values, reference, outside } = prediction
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
        : `${out}: ${kind === 'functions' ? `${functions} functions at ` : ''}${grid.join(' × ')} ${prediction.classes === undefined ? 'points' : 'sequences'}${against}\n`,
    )
    done(exitCodes.done)
  })
}
