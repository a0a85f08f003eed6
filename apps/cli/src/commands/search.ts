import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { type ValueType, integer, option, text } from '@spikeward/core'
import {
  AUTO,
  asUsage,
  buildParts,
  chooseByTrial,
  configOf,
  hasTrial,
  keyOption,
  openFor,
  metavar,
  search,
  searchReport,
  searchRunCount,
  spaceOf,
} from '@spikeward/experiment'
import type { FlagsOf, Io, SearchSettings, TrainConfig, TrainOptions } from '@spikeward/experiment'
import { type ScheduleOptions, provenance, threadsOf, withoutSchedule, withTrials } from '@spikeward/experiment/node'
import {
  addBackendOptions,
  addDisplayOptions,
  addEstimatorOptions,
  addLossOptions,
  addNetworkOptions,
  addProblemOptions,
  addScheduleOptions,
  addTrainingOptions,
  chooseProblem,
  withBudget,
} from './options/sharedOptions.js'
import { addFlags } from '../usage/addFlags.js'
import type { Context } from '../io/processIo.js'
import { addDeclaredFlags, withDeclared } from './options/declaredFlags.js'
import { addGroupedHelp } from './options/groupedHelp.js'

/** Settings, one for each time that the flag is given. */
const settingsType: ValueType<readonly string[]> = {
  name: 'list',
  expects: 'settings such as beta=0.5..1',
  accepts: (x): x is readonly string[] => Array.isArray(x),
  parse: (one) => [one],
  items: text({ required: true, help: 'a setting' }).type,
}

const searchFlags = {
  over: metavar(
    '<setting...>',
    option(settingsType, {
      default: [],
      help: 'a setting to search; repeatable: learning-rate=1e-4..1e-1, batch=32|64|128, or an option whose declaration has a range or choices: beta, scope; default: learning-rate; a factor of 30 around its own default',
    }),
  ),
  trials: integer({
    min: 1,
    max: 100_000,
    default: 24,
    help: 'settings to try; the first quarter is random, at most ten, the others are proposals of a tree-structured Parzen estimator',
  }),
  proposals: integer({
    min: 1,
    max: 1000,
    default: 2,
    help: 'settings chosen at once; for runs at the same time',
  }),
  keys: integer({ min: 1, max: 1000, default: 3, help: 'runs of the best settings on the test data' }),
  key: { ...keyOption, help: 'key of the first of them, and of the search' },
}

const outFlag = {
  out: metavar(
    '<folder>',
    text({ computed: 'under searches/', help: 'folder for trials.json, the page and finished runs' }),
  ),
}

type Options = Omit<TrainOptions, 'force' | 'key' | 'out'> &
  ScheduleOptions &
  FlagsOf<typeof searchFlags> &
  FlagsOf<typeof outFlag>

/** The dimensions of a search if the command line names none. */
const USUAL = ['learning-rate']

/** Checks all settings before anything is written, and chooses the backend of all trials. */
async function settingsOf(problem: string, o: Options, io: Io): Promise<SearchSettings> {
  const { over, trials, proposals, key, keys, out: _, ...rest } = withoutSchedule(o)
  const common: TrainOptions = { ...rest, key, force: false }
  const silent = { err: () => undefined }
  const config = await asUsage(() => configOf(problem, common, silent))
  const space = await spaceOf(over.length === 0 ? USUAL : over, config)
  const begun = await beginOf(problem, config, space, common, io)
  // The range of the learning rate lies around that of the estimator which the trial chose.
  const around = await spaceOf(over.length === 0 ? USUAL : over, await configOf(problem, begun, silent))
  return { problem, trials, proposals, space: around, key, keys, common: begun }
}

/** The settings that all trials share: the backend, and on own data those that `train` chooses by a trial. */
async function beginOf(
  problem: string,
  config: TrainConfig,
  space: SearchSettings['space'],
  common: TrainOptions,
  io: Io,
): Promise<TrainOptions> {
  const { quiet } = common
  const how = { io, quiet }
  const parts = await buildParts(config, how)
  const { config: onBackend, backend } = await asUsage(() => openFor(config, parts, how))
  await using _backend = backend
  const shared: TrainOptions = { ...common, backend: onBackend.backend }
  const free = !space.some(({ name }) => name === 'estimator' || name === 'network')
  if (!free || !hasTrial(onBackend)) return shared
  const show = (line: string): void => {
    if (!quiet) io.err(`${line}\n`)
  }
  const { options, report } = await asUsage(() =>
    chooseByTrial(problem, shared, onBackend, parts, { ...how, quiet: true }, backend, show),
  )
  if (report.length > 0) show(`trial on the validation data:\n${report.map((line) => `  ${line}`).join('\n')}`)
  return options
}

export function addSearch(program: Command, { io, done, plugins }: Context): void {
  const command = program
    .command('search')
    .description('search for settings on the validation data, and report the best ones on the test data once')
    .argument('[problem]', 'the problem to learn (see `spikeward list`); optional with --data')
  addFlags(command.optionsGroup('Search:'), searchFlags)
  addProblemOptions(command)
  addNetworkOptions(command)
  addLossOptions(command)
  addEstimatorOptions(command)
  addBackendOptions(command, AUTO)
  addTrainingOptions(command)
  addFlags(command, outFlag)
  addScheduleOptions(command, null)
  addDisplayOptions(command)
  addDeclaredFlags(command, plugins)
  addGroupedHelp(command, io)
  command.action(async (name: string | undefined, flags: Options) => {
    const own = withBudget(withDeclared(flags, command))
    const threads = threadsOf(own.threads, io)
    const options: Options = { ...own, ...(threads === undefined ? {} : { threads }) }
    const problem = await chooseProblem(name, options)
    const settings = await settingsOf(problem, options, io)
    const folder = resolve(options.out ?? join('searches', problem))
    done(
      await withTrials(folder, searchRunCount(settings), settings.common, options, io, async (place) => {
        const searched = await search(settings, place.trials, place.rows, io)
        const report = searchReport(settings, searched)
        await place.show('search', report, { folder, ...provenance(), ...settings, ...searched })
      }),
    )
  })
}
