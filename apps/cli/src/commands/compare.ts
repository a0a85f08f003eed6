import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { choice, integer, number, option, text } from '@spikeward/core'
import { energyModels } from '@spikeward/energy'
import {
  AUTO,
  asUsage,
  baselineFlags,
  buildParts,
  compare,
  compareReport,
  configOf,
  dataBaselines,
  energyCosts,
  energyReport,
  isOperatorNetwork,
  keyOption,
  meanOf,
  openFor,
  optionsOf,
  pairedTo,
  metavar,
  rowHasLearned,
  specsType,
  timesType,
  trainingSettings,
  trialCount,
  usageError,
  withDataBaselines,
} from '@spikeward/experiment'
import type { CompareRow, CompareSettings, FlagsOf, Io, TrainOptions } from '@spikeward/experiment'
import {
  loadEnergyModel,
  provenance,
  threadsOf,
  withoutSchedule,
  writeFigure,
  withTrials,
} from '@spikeward/experiment/node'
import type { ScheduleOptions } from '@spikeward/experiment/node'
import type { Context } from '../io/processIo.js'
import {
  addBackendOptions,
  addDisplayOptions,
  addFiguresOption,
  addLossOptions,
  addNetworkOptions,
  addProblemOptions,
  addScheduleOptions,
  chooseProblem,
} from './options/sharedOptions.js'
import { type ComparedPoint, comparisonSpec } from '@spikeward/plots'
import { addFlags } from '../usage/addFlags.js'
import { addDeclaredFlags, withDeclared } from './options/declaredFlags.js'
import { addGroupedHelp } from './options/groupedHelp.js'

const compareFlags = {
  estimators: metavar(
    '<list>',
    option(specsType, {
      required: true,
      help: 'names and their options, such as bp,rfg:directions=8; or all',
    }),
  ),
  budget: metavar('<times>', option(timesType, { computed: '15s', help: 'training time: 15s, or several: 1s,5s,15s' })),
  seconds: { ...trainingSettings.seconds, computed: '15', help: 'the same as --budget, for one time' },
  steps: {
    ...trainingSettings.steps,
    computed: 'none',
    help: 'the same number of steps for every estimator; in place of a budget of time',
  },
  keys: integer({
    min: 1,
    max: 1000,
    default: 3,
    help: 'runs per estimator, each with its own key and its own random data',
  }),
  key: { ...keyOption, help: 'key of the first run' },
  rates: integer({
    min: 1,
    max: 64,
    default: 5,
    help: 'the most learning rates to try; half a decade apart around the default; 1: the default without a search',
  }),
  share: number({
    min: 0,
    max: 1,
    default: 0.3,
    help: 'share of the budget for each run of the search; use 1, with --rates 7, for a fair comparison',
  }),
}

const { batch, readoutSolve } = trainingSettings
const costFlags = {
  ...baselineFlags,
  batch,
  readoutSolve,
  cost: metavar(
    '<what>',
    choice(['energy'], {
      computed: 'none',
      help: 'also model the energy of a step; energy: count the work of each estimator',
    }),
  ),
  model: text({
    default: 'horowitz45',
    help: `prices of --cost energy; ${Object.keys(energyModels).join(', ')}, or a JSON file`,
  }),
  out: metavar(
    '<folder>',
    text({ computed: 'under comparisons/', help: 'folder for tables, figures and finished runs' }),
  ),
}

type Options = Omit<TrainOptions, 'force' | 'key' | 'out'> &
  ScheduleOptions &
  FlagsOf<typeof compareFlags> &
  FlagsOf<typeof costFlags>

function settingsOf(problem: string, o: Options): CompareSettings {
  const {
    estimators: specs,
    budget,
    seconds,
    steps,
    key,
    keys,
    rates,
    share,
    out: _,
    figures: _f,
    baselines,
    cost: _c,
    model: _m,
    ...rest
  } = withoutSchedule(o)
  if ([budget, seconds, steps].filter((limit) => limit !== undefined).length > 1) {
    throw usageError(
      'CLI_USAGE',
      '--budget, --seconds and --steps each set the length of a run, and more than one is given; give one of them',
    )
  }
  const amount =
    steps === undefined
      ? { budgets: budget ?? [seconds ?? 15], unit: 's' as const }
      : { budgets: [steps], unit: 'steps' as const }
  return { problem, specs, ...amount, key, keys, rates, share, baselines, common: { ...rest, key, force: false } }
}

/**
 * Checks all settings before anything is written, and chooses one backend for all estimators: if none is named, the
 * fastest for the first of them. `title` is the name of the problem, which a file states.
 */
async function checked(
  settings: CompareSettings,
  io: Io,
): Promise<{ readonly settings: CompareSettings; readonly title: string }> {
  const { problem, specs, common } = settings
  const silent = { err: () => undefined }
  const how = { io, quiet: common.quiet }
  let backend: string | null = null
  let title = problem
  for (const spec of specs) {
    const config = await asUsage(() => configOf(problem, optionsOf(common, spec), silent))
    const parts = await buildParts(config, how)
    title = parts.experiment.problem.name
    if (backend !== null) continue
    const opened = await asUsage(() => openFor(config, parts, how))
    backend = opened.config.backend
    await opened.backend[Symbol.asyncDispose]()
  }
  return { settings: { ...settings, common: { ...common, backend: backend ?? common.backend } }, title }
}

async function drawBudget(folder: string, title: string, budget: string, rows: readonly CompareRow[]) {
  const points = (x: 'seconds' | 'forwardEquivalents'): ComparedPoint[] =>
    rows.flatMap(({ label, trials }) =>
      trials.flatMap(({ config, curve }) =>
        curve.flatMap((m) =>
          m.relativeL2 === null ? [] : [{ line: label, run: `${label} ${config.key}`, x: m[x], error: m.relativeL2 }],
        ),
      ),
    )
  const panels = [
    { title: 'seconds of training', points: points('seconds') },
    { title: 'forward passes', points: points('forwardEquivalents') },
  ]
  const untrained = meanOf(rows.map((r) => r.baselines.untrained))
  const lines = [...new Set(rows.map((r) => r.label))]
  const residual = rows.some(({ trials }) => trials.some(({ measure }) => measure === 'residual'))
  const labels = residual ? { measure: 'residual and conditions on the validation points' } : {}
  const spec = comparisonSpec({ panels, lines, untrained, ...labels }, { title: `${title}, ${budget}` })
  return writeFigure(join(folder, `curves-${budget.replace(' ', budget.endsWith('steps') ? '-' : '')}`), spec)
}

export function addCompare(program: Command, { io, done, plugins }: Context): void {
  const command = program
    .command('compare')
    .description('compare estimators at equal wall-clock time, each at a learning rate found on the validation points')
    .argument('[problem]', 'the problem to learn (see `spikeward list`); optional with --data')
  addFlags(command, compareFlags)
  addProblemOptions(command)
  addNetworkOptions(command)
  addLossOptions(command)
  addBackendOptions(command, AUTO)
  addFlags(command, costFlags)
  addScheduleOptions(command, 'measure a part of the rows')
  addDisplayOptions(command)
  addFiguresOption(command)
  addDeclaredFlags(command, plugins)
  addGroupedHelp(command, io)
  command.action(async (name: string | undefined, flags: Options) => {
    const own = withDeclared(flags, command)
    const threads = threadsOf(own.threads, io)
    const options: Options = { ...own, ...(threads === undefined ? {} : { threads }) }
    const problem = await chooseProblem(name, options)
    if (options.shard !== undefined && options.backend === AUTO) {
      throw usageError(
        'CLI_USAGE',
        '--shard without --backend; name one, so that all shards measure on the same backend',
      )
    }
    const model = await loadEnergyModel(options.model)
    const { settings, title } = await checked(settingsOf(problem, options), io)
    const folder = resolve(options.out ?? join('comparisons', problem))
    done(
      await withTrials(folder, trialCount(settings), settings.common, options, io, async (place) => {
        const { trials } = place
        const compared = place.whole(await compare(settings, trials, io, place.rows))
        if (compared === null) return
        const baselineFacts = await dataBaselines(settings, compared, trials, io)
        const rows = compared.map((row) => withDataBaselines(row, baselineFacts))
        const figures: string[] = []
        for (const budget of options.figures === false ? [] : settings.budgets) {
          const own = rows.filter((r) => r.budget === budget)
          figures.push(...(await drawBudget(folder, title, `${budget} ${settings.unit}`, own)))
        }
        const operators = await Promise.all(rows.map((row) => isOperatorNetwork(row.config.network)))
        const energy = options.cost === undefined ? null : await energyCosts(rows, model, io)
        const report =
          compareReport(settings, rows, operators.includes(true), baselineFacts) +
          (energy === null ? '' : energyReport(energy, model))
        const result = {
          folder,
          ...provenance(),
          settings,
          problem,
          budgets: settings.budgets,
          keys: settings.keys,
          rows: rows.map((row) => ({
            ...row,
            learned: rowHasLearned(row),
            paired: pairedTo(row, rows),
          })),
          baselines: rows[0]!.baselines,
          baselineFacts,
          ...(energy === null ? {} : { energy }),
          figures: figures.map((f) => basename(f)),
        }
        await place.show('table', report, result, result.figures)
      }),
    )
  })
}
