import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { type ValueType, flag, integer, option, text } from '@spikeward/core'
import {
  type BaselineChoice,
  type BaselineFacts,
  type FlagsOf,
  type Io,
  type MeasuredOn,
  type Measurement,
  type OwnData,
  type fileSettings,
  MAX_COUNT,
  NO_FACTS,
  asUsage,
  baselineFlags,
  classicalBaselines,
  exitCodes,
  measuredResult,
  metavar,
  parseExpression,
  ridgeBaseline,
  showResult,
  untrainedOf,
  withBaselines,
} from '@spikeward/experiment'
import {
  baselinesInFolder,
  digestOf,
  drawLoss,
  drawResult,
  drawSpikes,
  makeOutputFolder,
  openFinished,
  readLike,
  titleOf,
} from '@spikeward/experiment/node'
import type { OpenedRun, Units } from '@spikeward/experiment/node'
import type { PaperStyle } from '@spikeward/plots'
import { openRun } from '@spikeward/train/node'
import type { Context } from '../io/processIo.js'
import { addFlags } from '../usage/addFlags.js'
import { addBackendOptions, addDataOptions, addDisplayOptions, lastFlag } from './options/sharedOptions.js'
import type { OpenFlags } from './options/sharedOptions.js'

const kindsOfFigures = ['result', 'loss', 'spikes'] as const
type FigureKind = (typeof kindsOfFigures)[number]

const isFigureKind = (name: unknown): name is FigureKind => kindsOfFigures.some((kind) => kind === name)

const figureType: ValueType<readonly FigureKind[] | true> = {
  name: 'list',
  expects: `${kindsOfFigures.join(' or ')}, several with commas, or nothing`,
  accepts: (x): x is readonly FigureKind[] | true => x === true || (Array.isArray(x) && x.every(isFigureKind)),
  parse: (text) => {
    const kinds = text.split(',').map((part) => part.trim())
    return kinds.every(isFigureKind) ? kinds : undefined
  },
}

const styleType: ValueType<PaperStyle> = {
  name: 'text',
  expects: 'paper, or paper(font=serif,size=8,width=252) with serif or sans, and points',
  accepts: (x): x is PaperStyle => typeof x === 'object' && x !== null,
  parse(written) {
    const { name, args, options } = parseExpression('style', written)
    const { font, size, width, ...others } = options
    const isLength = (x: unknown): boolean => x === undefined || (typeof x === 'number' && x >= 1 && x <= 10_000)
    const fits =
      name === 'paper' && args.length === 0 && Object.keys(others).length === 0 && [size, width].every(isLength)
    return fits && [undefined, 'serif', 'sans'].includes(font as string | undefined) ? options : undefined
  },
}

const unitsType: ValueType<Units> = {
  name: 'list',
  expects: 'units by name, such as x=m,t=s,u=K',
  accepts: (x): x is Units => typeof x === 'object' && x !== null,
  parse(written) {
    const pairs = written.split(',').map((part) => /^\s*([^=]+?)\s*=\s*(.+?)\s*$/.exec(part))
    return pairs.every((pair) => pair !== null)
      ? Object.fromEntries(pairs.map(([, name, unit]) => [name!, unit!]))
      : undefined
  },
}

const figureFlags = {
  figure: metavar(
    '[kinds]',
    option(figureType, {
      computed: 'none; without kinds the result',
      help: 'draw as SVG and PNG: result (target, prediction and error), loss, spikes (raster and membranes of the neurons)',
    }),
  ),
  sample: integer({
    min: 0,
    max: MAX_COUNT,
    computed: 'the middle one',
    help: 'of --figure spikes: the number of the test point or function',
  }),
  title: text({ computed: 'problem, estimator and error', help: 'of --figure: the title of the figures' }),
  units: metavar('<units>', option(unitsType, { computed: 'none', help: 'of --figure: x=m,t=s,u=K' })),
  style: metavar(
    '<style>',
    option(styleType, {
      computed: 'for the screen',
      help: 'of --figure: paper: all text in one font and size, as wide as one column, or two; paper(font=sans,size=9,width=345) in points',
    }),
  ),
  pdf: flag({ default: false, help: 'of --figure: also as PDF, by two packages that you install' }),
  out: metavar('<folder>', text({ computed: 'the run folder', help: 'the folder of the figures' })),
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

/**
 * Measures on the test split, or on the data of a file (`own`), which the run's own training data precede in baselines.
 */
async function measure(run: OpenedRun, own: OwnData | null, choice: BaselineChoice, io: Io): Promise<Measured> {
  const { parts, variables, config, backend, path, snapshot } = run
  const { experiment } = parts
  const on = own === null ? await experiment.data('test') : await asUsage(() => readLike(run, own))
  const ownData = own === null ? undefined : on
  const measured = await experiment.measure(variables, ownData ?? 'test')
  const baseline = await ridgeBaseline(experiment, () => untrainedOf(parts, config.key, backend), ownData)
  if (ownData === undefined) {
    const facts = await baselinesInFolder(path, choice, config, snapshot.step, experiment, backend, io)
    return { measured, baseline, facts, on }
  }
  // Networks of other runs were not measured there.
  const classical = choice === 'none' ? {} : await classicalBaselines(experiment, backend, config.key, ownData)
  return { measured, baseline, facts: { ...NO_FACTS, ...classical }, on }
}

/** Reports if a file holds the data that the run was trained on. */
async function tellIfTrainedOn({ config, parts }: OpenedRun, path: string, io: Io): Promise<void> {
  if (config.data === null || (await digestOf(path)) !== config.files[config.data]) return
  const { train, validation, test } = parts.experiment.counts
  io.err(
    `note: the run was trained on this file: ${train} of its ${train + validation + test} ${parts.experiment.unit} are training data and ${validation} chose the settings, so that the error ` +
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
  const { title = titleOf(parts.experiment, config, measured), units, style: paper, pdf } = options
  const look = { pdf, ...(paper === undefined ? {} : { paper }) }
  const place = { folder, result: 'evaluation', errors: 'evaluation-errors', title, units, look }
  const result = kinds.includes('result') ? await drawResult(place, parts.experiment, on, measured, baseline) : []
  const spikes = kinds.includes('spikes')
    ? await asUsage(() => drawSpikes(place, parts.experiment, variables, config, options.sample ?? null))
    : []
  const loss = kinds.includes('loss')
    ? await drawLoss(
        join(folder, 'evaluation-loss'),
        { title },
        measured,
        await (await openRun(run.path)).metrics(),
        look,
      )
    : []
  const paths = [...result, ...loss, ...spikes]
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
    const { config, parts, snapshot, backend, isBest } = run
    const data = options.data === undefined ? null : resolve(options.data)
    if (data !== null) await tellIfTrainedOn(run, data, io)
    const { inputs = null, outputs = null, coords = null } = options
    const own = data === null ? null : { data, inputs, outputs, coords }
    const { measured, baseline, facts, on } = await measure(run, own, options.baselines, io)
    const { unit, noBaseline } = parts.experiment
    const measuredOn = data === null ? {} : { measuredOn: `the ${unit} of ${data}` }
    const figures = options.figure === undefined ? [] : await draw(run, options, { measured, baseline, on })
    const state = { ...config, backend: run.backendName }
    const { peakBytes } = backend.stats()
    const result = measuredResult(state, parts.experiment, snapshot, measured, baseline, peakBytes)
    showResult(
      io,
      { run: run.path, ...result, ...withBaselines(result.baselines.untrained, facts) },
      {
        json: options.json,
        figures,
        operator: unit === 'functions',
        noBaseline,
        settings: config,
        isBest,
        ...measuredOn,
      },
    )
    done(exitCodes.done)
  })
}
