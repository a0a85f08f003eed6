import type { Command } from 'commander'
import { type Backend, SpikewardError } from '@spikeward/core'
import {
  AUTO,
  OWN,
  SEQUENCES,
  TABLE,
  asUsage,
  buildParts,
  chooseByTrial,
  configOf,
  controlSettings,
  exitCodes,
  hasTrial,
  openFor,
  optionsFrom,
  planSteps,
  profileStep,
  replacedDefaults,
  runFlags,
  startFrom,
  stopwatch,
  storedComponents,
  withShares,
} from '@spikeward/experiment'
import type { Experiment, FlagsOf, TrainOptions } from '@spikeward/experiment'
import { checkMemory, claimRun, prepareFolder, readSource, runTraining } from '@spikeward/experiment/node'
import type { Context } from '../io/processIo.js'
import { addFlags } from '../usage/addFlags.js'
import { watchOn } from '../watch/watchOn.js'
import { addGroupedHelp } from './options/groupedHelp.js'
import { problemValues } from './options/problemValues.js'
import {
  addBackendOptions,
  addDisplayOptions,
  addEstimatorOptions,
  addFiguresOption,
  addFollowOptions,
  addLossOptions,
  addNetworkOptions,
  addProblemOptions,
  addTrainingOptions,
  chooseProblem,
  withBudget,
} from './options/sharedOptions.js'
import { addDeclaredFlags, withDeclared } from './options/declaredFlags.js'

function countsLine(experiment: Experiment): string {
  const { counts, unit, size } = experiment
  const { train, validation, test } = counts
  return `data: ${train} training, ${validation} validation and ${test} test ${unit}; ${size.parameters} parameters\n`
}

/** How a file of a command line without a problem is read, and how it is read otherwise. */
const readAs: Readonly<Record<string, string>> = {
  [OWN]:
    'read as functions: each row of --inputs is an input function, each row of --outputs its solution; if each row is a point, write `train table --data …`\n',
  [TABLE]:
    'read as a table: each row is a point with its inputs and outputs; if each row is a function, write `train own --data …`\n',
  [SEQUENCES]:
    'read as sequences: each row is a time step; if each row is a point of its own, write `train table --data …`\n',
}

export function addTrain(program: Command, { io, done, plugins, ranks }: Context): void {
  const command = program
    .command('train')
    .description('train a spiking network on a problem; defaults are tuned for each problem and estimator, or generic')
    .argument('[problem]', 'the problem to learn (see `spikeward list`); optional with --data')
  addProblemOptions(command)
  addNetworkOptions(command)
  addLossOptions(command)
  addEstimatorOptions(command)
  addBackendOptions(command, AUTO)
  addTrainingOptions(command)
  addFlags(command.optionsGroup('Run:'), { ...controlSettings, ...runFlags })
  addFollowOptions(addFiguresOption(addDisplayOptions(command)))
  addDeclaredFlags(command, plugins)
  addGroupedHelp(command, io, problemValues)
  command.action(async (name: string | undefined, flags: TrainOptions & FlagsOf<typeof runFlags>) => {
    const own = withBudget(withDeclared(flags, command))
    const source = own.from === undefined ? null : await readSource(own.from)
    const options = source === null ? own : optionsFrom(source, own)
    const problem = await chooseProblem(name, options)
    const reading = options.quiet || name !== undefined || options.problem !== undefined ? '' : (readAs[problem] ?? '')
    const resolved = await asUsage(async () =>
      withShares(await configOf(problem, options, io), options.shares, ranks?.size ?? null),
    )
    if (!options.quiet) for (const line of await replacedDefaults(options, resolved)) io.err(line)
    const components = source === null ? null : storedComponents(source.snapshot)
    const how = { io, quiet: options.quiet, components, ...(ranks === null ? {} : { shareData: ranks.shareData }) }
    // Notes about the settings are written once, by the first build.
    const again = { io: { ...io, err: () => undefined }, quiet: true, components }
    const times = stopwatch()
    const first = await times.time('data', () =>
      buildParts(resolved, how).catch((error: unknown) => {
        // Arrays that do not fit may be of the other kind. A missing or unreadable array says nothing about the kind of
        // data.
        if (error instanceof SpikewardError && error.code === 'DATA_SHAPE') io.err(reading)
        throw error
      }),
    )
    io.err(reading)
    if (!options.quiet)
      io.err(`${countsLine(first.experiment)}${first.experiment.notes.map((note) => `note: ${note}\n`).join('')}`)
    const tries = options.trial && source === null && hasTrial(resolved)
    // The trial may choose other settings, whose step another backend may take faster: the note is about those.
    const anew = tries && resolved.backend === AUTO && resolved.shares === null && ranks === null
    const { config: onBackend, backend: opened } = await times.time('choosing the backend', () =>
      asUsage(() => openFor(resolved, first, anew ? { ...how, quiet: true } : how, ranks?.threads)),
    )
    await using firstBackend = opened
    await checkMemory(first, onBackend, firstBackend, options.memoryCheck ? null : io.err)
    await ranks?.compareBackends(onBackend, firstBackend)
    const folder = await prepareFolder(options.out, options.force)
    const trial = tries ? await times.time('choosing settings', () => triedOn(firstBackend)) : null
    const chosen = trial?.config ?? onBackend
    const parts = chosen === onBackend ? first : await buildParts(chosen, again, { config: onBackend, parts: first })
    const last = anew
      ? await times.time('choosing the backend', () => openFor({ ...chosen, backend: AUTO }, parts, how))
      : null
    await using lastBackend = last?.backend ?? null
    const backend = lastBackend ?? firstBackend
    const unplanned = { config: last?.config ?? chosen, parts }
    const { config, parts: planned } =
      unplanned.config.seconds === null
        ? unplanned
        : await times.time('planning the steps', () => planSteps(unplanned, backend, again, options.checkpointEvery))
    const resume = source === null ? null : await asUsage(() => startFrom(source, config, planned, backend))
    const run = await folder.create(config)
    await using _claim = await claimRun(run)
    // `resume` of a run that was stopped before its first checkpoint starts from these weights too.
    if (resume !== null) await run.saveCheckpoint(resume)
    const display = { json: options.json, quiet: options.quiet, figures: options.figures ?? true }
    const job = { config, resume, timeout: options.rankTimeout }
    const communicator = ranks === null ? null : await ranks.begin(job)
    const code = await runTraining({
      ...job,
      parts: planned,
      backend,
      run,
      communicator,
      baselines: options.baselines,
      trials: trial?.trials ?? [],
      check: options.check,
      display,
      times,
      log: options.log,
      watch: options.watch === undefined ? undefined : watchOn(options.watch === true ? 0 : options.watch),
      io,
    })
    if (options.profile && code === exitCodes.done) io.err(await profileStep(planned, backend))
    done(code)

    async function triedOn(backend: Backend) {
      const trial = await asUsage(() =>
        chooseByTrial(problem, { ...options, backend: onBackend.backend }, onBackend, first, again, backend, (line) => {
          if (!options.quiet) io.err(`${line}\n`)
        }),
      )
      if (!options.quiet && trial.report.length > 0)
        io.err(`trial on the validation data:\n${trial.report.map((line) => `  ${line}\n`).join('')}`)
      return trial
    }
  })
}
