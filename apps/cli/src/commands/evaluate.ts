import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import { SpikewardError, integer, option, text } from '@spikeward/core'
import type { PointSet, RegressionProblem, ValueType } from '@spikeward/core'
import { evaluateOperator } from '@spikeward/train'
import {
  MAX_COUNT,
  NO_FACTS,
  asUsage,
  baselineFlags,
  classicalBaselines,
  exitCodes,
  functionRows,
  measuredResult,
  noBaseline,
  placed,
  ridgeBaseline,
  scoreText,
  showResult,
  untrainedOf,
  withBaselines,
} from '@spikeward/experiment'
import type {
  BaselineChoice,
  BaselineFacts,
  FlagsOf,
  Io,
  MeasuredOn,
  Measurement,
  OperatorExperiment,
  OwnData,
  PinnExperiment,
  RegressionExperiment,
  Rows,
  fileSettings,
} from '@spikeward/experiment'
import {
  ALL_TEST,
  baselinesInFolder,
  digestOf,
  drawResult,
  drawSpikes,
  figureNames,
  inPlaceOf,
  makeOutputFolder,
  measuredOn,
  openFinished,
  readOwn,
  readSequences,
  readSolution,
  readTable,
  readingOf,
} from '@spikeward/experiment/node'
import type { OpenedRun } from '@spikeward/experiment/node'
import type { Context } from './options/context.js'
import { addFlags } from '../usage/addFlags.js'
import { addBackendOptions, addDataOptions, addDisplayOptions, lastFlag } from './options/sharedOptions.js'
import type { OpenFlags } from './options/sharedOptions.js'

const kindsOfFigures = ['result', 'spikes'] as const
type FigureKind = (typeof kindsOfFigures)[number]

const isFigureKind = (name: unknown): name is FigureKind => kindsOfFigures.some((kind) => kind === name)

const figureType: ValueType<readonly FigureKind[] | true> = {
  name: 'list',
  expects: `${kindsOfFigures.join(' or ')}, or both with a comma, or nothing`,
  accepts: (x): x is readonly FigureKind[] | true => x === true || (Array.isArray(x) && x.every(isFigureKind)),
  parse: (text) => {
    const kinds = text.split(',').map((part) => part.trim())
    return kinds.every(isFigureKind) ? kinds : undefined
  },
}

const figureFlags = {
  figure: placed(
    '[kinds]',
    option(figureType, {
      computed: 'none; without kinds the result',
      help: 'draw as SVG and PNG: result (target, prediction and error), spikes (raster and membranes of the neurons), or both',
    }),
  ),
  sample: integer({
    min: 0,
    max: MAX_COUNT,
    computed: 'the middle one',
    help: 'of --figure spikes: the number of the test point or function',
  }),
  out: placed('<folder>', text({ computed: 'the run folder', help: 'the folder of the figures' })),
}

type Options = FlagsOf<typeof fileSettings> &
  FlagsOf<typeof lastFlag> &
  FlagsOf<typeof figureFlags> &
  FlagsOf<typeof baselineFlags> &
  OpenFlags

type Measured = {
  readonly measured: Measurement
  readonly baseline: number | null
  readonly facts: BaselineFacts
  readonly on: MeasuredOn
}

async function onTest(run: OpenedRun, choice: BaselineChoice, io: Io): Promise<Measured> {
  const { parts, variables, config, backend, path, snapshot } = run
  const measured = await parts.experiment.measure(variables, 'test')
  const baseline = await ridgeBaseline(parts.experiment, () => untrainedOf(parts, config.key, backend))
  const facts = await baselinesInFolder(path, choice, config, snapshot.step, parts.experiment, backend, io)
  return { measured, baseline, facts, on: await measuredOn(parts.experiment, 'test') }
}

/** The regressions on the run's own training data, on the functions or points of a file; networks of other runs were not measured there. */
async function factsOn(
  { parts, backend }: OpenedRun,
  rows: Rows | null,
  choice: BaselineChoice,
): Promise<BaselineFacts> {
  if (choice === 'none' || rows === null) return NO_FACTS
  return { ...NO_FACTS, ...(await classicalBaselines(parts.experiment, backend, rows)) }
}

async function onFile(run: OpenedRun, path: string, o: Options): Promise<Measured> {
  const { experiment } = run.parts
  const { inputs = null, outputs = null, coords = null, baselines } = o
  const own = { data: path, inputs, outputs, coords }
  if (experiment.kind === 'operator') return onFunctions(run, experiment, own, baselines)
  if (experiment.kind === 'regression') return onPoints(run, experiment, own, baselines)
  return onSolution(run, experiment, own)
}

async function measuredAt(
  points: PointSet,
  { variables }: OpenedRun,
  experiment: PinnExperiment | RegressionExperiment,
): Promise<Pick<Measured, 'measured' | 'on'>> {
  const evaluator = experiment.at(points)
  try {
    const { prediction, relativeL2 } = await evaluator.evaluate(variables)
    const measured = { prediction, relativeL2, relativeL2Pooled: relativeL2, perFunction: null }
    return { measured, on: { kind: 'points', points } }
  } finally {
    evaluator.dispose()
  }
}

/** The values of a solution at points of the file: a reference of the user's own. */
async function onSolution(run: OpenedRun, experiment: PinnExperiment, own: OwnData): Promise<Measured> {
  const points = await asUsage(() => readSolution(own, experiment.problem))
  return { ...(await measuredAt(points, run, experiment)), baseline: null, facts: NO_FACTS }
}

async function onFunctions(
  run: OpenedRun,
  experiment: OperatorExperiment,
  own: OwnData,
  choice: BaselineChoice,
): Promise<Measured> {
  const { parts, variables, config, backend } = run
  const problem = await asUsage(async () =>
    inPlaceOf(experiment.problem, await readOwn(own, 0, ALL_TEST, experiment.problem.sensors.x), own),
  )
  const data = await problem.data('test')
  const measured = await evaluateOperator(experiment.network, variables, problem, data)
  const baseline = await ridgeBaseline(
    parts.experiment,
    () => untrainedOf(parts, config.key, backend),
    (v) => experiment.baseline(v, problem),
  )
  // A regression predicts the outputs at the points of the training data alone.
  const rows = problem.at === experiment.problem.at ? functionRows(data) : null
  const facts = await factsOn(run, rows, choice)
  return { measured, baseline, facts, on: { kind: 'functions', problem, data } }
}

/** The columns are those of the training, unless others are named. */
async function onPoints(
  run: OpenedRun,
  experiment: RegressionExperiment,
  own: OwnData,
  choice: BaselineChoice,
): Promise<Measured> {
  const { parts, config, backend } = run
  const { inputs, outputs } = config
  const { problem } = experiment
  const titles = problem.columns?.map(({ name }) => name).join(',') ?? inputs
  const named = { ...own, inputs: own.inputs ?? titles, outputs: own.outputs ?? outputs }
  // The levels and the means of the training hold for the columns of the training.
  const like = own.inputs === null && problem.columns !== undefined ? { like: problem.columns } : {}
  const reading = { ...like, ...readingOf(null, config.missing === 'drop' ? 'drop' : null) }
  const { sequences } = config
  const table = await asUsage(() =>
    sequences === null ? readTable(named, 0, ALL_TEST, reading) : readSequences(named, 0, ALL_TEST, sequences),
  )
  if (table.inputs !== problem.inputs || table.outputs !== problem.outputs) {
    const counts = ({ inputs: i, outputs: n }: RegressionProblem): string => `${i} inputs and ${n} outputs`
    throw new SpikewardError(
      'DATA_SHAPE',
      `${own.data}: expected ${counts(problem)}, as ${problem.name} has; found: ${counts(table)}`,
    )
  }
  const points = table.points('test')
  const found = await measuredAt(points, run, experiment)
  const baseline = await ridgeBaseline(
    parts.experiment,
    () => untrainedOf(parts, config.key, backend),
    (v) => experiment.baseline(v, points),
  )
  return { ...found, baseline, facts: await factsOn(run, points, choice) }
}

/** Reports if a file holds the functions or points that the run was trained on. */
async function tellIfTrainedOn({ config, parts }: OpenedRun, path: string, io: Io): Promise<void> {
  if (config.data === null || (await digestOf(path)) !== config.files[config.data]) return
  const { train, validation, test } = parts.experiment.counts
  const what = parts.experiment.kind === 'operator' ? 'functions' : 'points'
  io.err(
    `note: the run was trained on this file: ${train} of its ${train + validation + test} ${what} are training data and ${validation} chose the settings, so that the error ` +
      'below is lower than on new data; without --data it is measured on the test split alone\n',
  )
}

async function draw(
  run: OpenedRun,
  options: Options,
  { measured, baseline, on }: Omit<Measured, 'facts'>,
): Promise<readonly string[]> {
  const { config, parts, variables } = run
  const folder = options.out === undefined ? run.path : resolve(options.out)
  if (options.out !== undefined) await makeOutputFolder(folder)
  const kinds: readonly FigureKind[] = options.figure === true ? ['result'] : (options.figure ?? [])
  const title = `${config.problem} by ${config.estimator}: ${scoreText(measured)}`
  const place = {
    folder,
    result: 'evaluation',
    errors: 'evaluation-errors',
    title,
    names: await figureNames(config, parts.experiment),
  }
  const result = kinds.includes('result') ? await drawResult(place, parts.experiment, on, measured, baseline) : []
  const spikes = kinds.includes('spikes')
    ? await asUsage(() => drawSpikes(folder, parts.experiment, variables, config, options.sample ?? null))
    : []
  const paths = [...result, ...spikes]
  return options.out === undefined ? paths.map((path) => basename(path)) : paths
}

/**
 * `evaluate <run>`: measures a run, at its best state if it stored one, on the test split, or on the functions or
 * points of a file. Writes only the requested figures.
 */
export function addEvaluate(program: Command, { io, done }: Context): void {
  const command = program
    .command('evaluate')
    .description(
      'measure a run (its best state with --patience, else the newest) on the test points or functions, or on your own functions',
    )
    .argument('<run>', 'the run folder')
  addFlags(command, { ...lastFlag, ...figureFlags, ...baselineFlags })
  addDataOptions(command)
  addBackendOptions(command, null)
  addDisplayOptions(command).action(async (path: string, options: Options) => {
    await using run = await openFinished(path, options, io)
    const { config, parts, snapshot, backend } = run
    const data = options.data === undefined ? null : resolve(options.data)
    if (data !== null) await tellIfTrainedOn(run, data, io)
    const found = data === null ? await onTest(run, options.baselines, io) : await onFile(run, data, options)
    const { measured, baseline, on } = found
    const operator = parts.experiment.kind === 'operator'
    const measuredOn = data === null ? {} : { measuredOn: `the ${operator ? 'functions' : 'points'} of ${data}` }
    const figures = options.figure === undefined ? [] : await draw(run, options, { measured, baseline, on })
    const state = { ...config, backend: run.backendName }
    const { peakBytes } = backend.stats()
    const result = measuredResult(state, parts.experiment, snapshot, measured, baseline, peakBytes)
    showResult(
      io,
      {
        run: run.path,
        ...result,
        ...withBaselines(result.baselineRidge, found.facts),
      },
      {
        json: options.json,
        figures,
        operator,
        noBaseline: noBaseline(parts.experiment),
        settings: config,
        ...measuredOn,
      },
    )
    done(exitCodes.done)
  })
}
