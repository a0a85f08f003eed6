import type { Command } from 'commander'
import { SpikewardError, number } from '@spikeward/core'
import { openRun } from '@spikeward/train/node'
import {
  AUTO,
  asUsage,
  baselineFlags,
  buildParts,
  checkFlags,
  exitCodes,
  isOperatorNetwork,
  isResult,
  memoryFlags,
  openFor,
  rankFlags,
  readConfig,
  showResult,
  storedComponents,
  toFolder,
  uncut,
  usageError,
} from '@spikeward/experiment'
import type { FlagsOf, TrainConfig, followFlags, otherBackendFlags } from '@spikeward/experiment'
import { type Display, checkMemory, claimRun, digestsOf, runTraining } from '@spikeward/experiment/node'
import type { Context } from '../io/processIo.js'
import { addFlags } from '../usage/addFlags.js'
import { watchOn } from '../watch/watchOn.js'
import { addBackendOptions, addDisplayOptions, addFiguresOption, addFollowOptions } from './options/sharedOptions.js'

const resumeFlags = {
  learningRate: number({
    min: 0,
    above: true,
    max: 1e6,
    computed: 'that of the run',
    help: 'continue with another rate, which becomes the setting of the run; for a loss that was not finite',
  }),
  ...baselineFlags,
  ...checkFlags,
  ...rankFlags,
  ...memoryFlags,
}

type Options = Display &
  FlagsOf<typeof resumeFlags> &
  FlagsOf<typeof followFlags> &
  FlagsOf<ReturnType<typeof otherBackendFlags>>

/**
 * `resume <run>`: continues an interrupted run to its configured end, bit for bit like an uninterrupted run, also with
 * another number of threads. On another backend the last bits may differ, which a note reports.
 */
export function addResume(program: Command, { io, done, ranks }: Context): void {
  const command = program
    .command('resume')
    .description('continue an interrupted run to its configured end')
    .argument('<run>', 'the run folder')
  addFlags(command, resumeFlags)
  addBackendOptions(command, null)
  addFollowOptions(addFiguresOption(addDisplayOptions(command))).action(async (path: string, options: Options) => {
    const {
      learningRate,
      backend: backendName,
      threads,
      rankTimeout,
      memoryCheck,
      baselines,
      check,
      log,
      watch,
      ...display
    } = options
    const run = await openRun(path)
    const begun = readConfig(run.config, `${run.path}/config.json`)
    await using _claim = await claimRun(run)
    const resume = await run.checkpoint()
    if (resume !== null && resume.step > begun.steps) {
      throw new SpikewardError(
        'RUN_FOLDER_INVALID',
        `${run.path} contains a checkpoint of step ${resume.step}, beyond its ${begun.steps} steps; its files belong to different runs`,
      )
    }
    // A run with patience may end before its last step.
    const mayBeOver = resume !== null && (resume.step === begun.steps || begun.patience !== null)
    const summary = mayBeOver ? await run.summary() : null
    if (summary !== null && isResult(summary)) {
      io.err(`${run.path} already ended, at step ${resume?.step ?? begun.steps}; its result is\n`)
      for (const [flag, value] of Object.entries({ 'learning-rate': learningRate, backend: backendName, threads })) {
        if (value !== undefined) io.err(`note: no steps are left to train; --${flag} is ignored\n`)
      }
      const { figures, diagnosis: _, besides: _b, ...result } = summary
      showResult(
        io,
        { ...result, run: run.path },
        {
          json: display.json,
          figures,
          operator: await isOperatorNetwork(begun.network),
          settings: begun,
        },
      )
      return done(exitCodes.done)
    }
    const changed: TrainConfig = {
      ...begun,
      ...(learningRate === undefined ? {} : { learningRate }),
      // The choice of `auto` stays that of the run: another one would change its bits.
      ...(backendName === undefined || backendName === AUTO ? {} : { backend: backendName }),
      ...(threads === undefined ? {} : { threads }),
    }
    // Another backend may come from a package. What the run has recorded already is compared when its parts are built.
    const resolved = { ...changed, files: { ...(await digestsOf(changed)), ...begun.files } }
    const how = { io, quiet: display.quiet, components: resume === null ? null : storedComponents(resume) }
    if (resolved.shares === null && ranks !== null && ranks.size > 1) throw usageError('CLI_USAGE', uncut(ranks.size))
    const parts = await buildParts(resolved, how)
    const { config, backend: opened } = await asUsage(() => openFor(resolved, parts, how, ranks?.threads))
    await using backend = opened
    if (config.backend !== begun.backend) {
      io.err(
        `note: the run began on ${begun.backend} and continues on ${config.backend}: backends round differently, so its numbers may ` +
          'differ in the last bits from those of an uninterrupted run\n',
      )
    }
    await checkMemory(parts, config, backend, memoryCheck ? null : io.err)
    await ranks?.compareBackends(config, backend)
    // Changed options become settings of the run, so that its summary records them.
    if (JSON.stringify(config) !== JSON.stringify(begun)) await run.saveConfig(toFolder(config))
    const job = { config, resume, timeout: rankTimeout }
    const communicator = ranks === null ? null : await ranks.begin(job)
    done(
      await runTraining({
        ...job,
        parts,
        backend,
        run,
        communicator,
        baselines,
        check,
        display,
        log,
        watch: watch === undefined ? undefined : watchOn(watch === true ? 0 : watch),
        io,
      }),
    )
  })
}
