import { Command, CommanderError } from 'commander'
import description from '../package.json' with { type: 'json' }
import { SpikewardError, firstError } from '@spikeward/core'
import { systemError } from '@spikeward/core/node'
import { type Context, printableIo } from './io/processIo.js'
import { UsageError, exitCodes, pluginsIn, shorten } from '@spikeward/experiment/names'
import type { ExitCode, Io } from '@spikeward/experiment'
import { detectLauncher } from '@spikeward/distributed'
import type { Leader } from '@spikeward/experiment/node'
import { HelpRequest, checkValues } from './usage/checkValues.js'
import { flagValueAdvice, meantAdvice } from './usage/flagValue.js'
import { withProgress } from './io/showProgress.js'

type Add = (program: Command, context: Context) => void

/** The commands by name: one file each, one line each here. Only what is called is loaded. */
const commands: Readonly<Record<string, () => Promise<Add>>> = {
  train: async () => (await import('./commands/train.js')).addTrain,
  resume: async () => (await import('./commands/resume.js')).addResume,
  learn: async () => (await import('./commands/learn.js')).addLearn,
  evaluate: async () => (await import('./commands/evaluate.js')).addEvaluate,
  predict: async () => (await import('./commands/predict.js')).addPredict,
  serve: async () => (await import('./commands/serve.js')).addServe,
  compare: async () => (await import('./commands/compare.js')).addCompare,
  search: async () => (await import('./commands/search.js')).addSearch,
  reproduce: async () => (await import('./commands/reproduce.js')).addReproduce,
  worker: async () => (await import('./commands/queue/worker.js')).addWorker(runCli),
  queue: async () => (await import('./commands/queue/queue.js')).addQueue,
  export: async () => (await import('./commands/hardware/export.js')).addExport,
  import: async () => (await import('./commands/hardware/import.js')).addImport,
  quantise: async () => (await import('./commands/hardware/quantise.js')).addQuantise,
  deploy: async () => (await import('./commands/hardware/deploy.js')).addDeploy,
  energy: async () => (await import('./commands/hardware/energy.js')).addEnergy,
  nir: async () => (await import('./commands/hardware/nir.js')).addNir,
  chip: async () => (await import('./commands/hardware/chip.js')).addChip,
  list: async () => (await import('./commands/list.js')).addList,
  doctor: async () => (await import('./commands/doctor.js')).addDoctor,
}

/** The command that is called, or all of them for the help: to declare every flag takes longer than to print a list. */
function called([name = '']: readonly string[]): Promise<readonly Add[]> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  return Promise.all((command === undefined ? Object.values(commands) : [command]).map((load) => load()))
}

/**
 * Runs the command line.
 *
 * @param args the arguments after the name of the program
 * @returns 0 done, 1 failed, 2 wrong usage
 */
export async function runCli(args: readonly string[], streams: Io): Promise<ExitCode> {
  const io = withProgress(printableIo(streams))
  try {
    const launcher = detectLauncher(process.env)
    if (launcher === null) return await runCommand(args, io, null)
    const { follow, leaderOf, openRanks } = await import('@spikeward/experiment/node')
    const ranks = await openRanks(launcher)
    if (ranks.communicator.rank > 0) return await follow(ranks, args, io)
    return await lead(leaderOf(ranks), args, io)
  } catch (error) {
    return tell(error, io)
  }
}

/** Rank 0 of several: runs the command, then ends the others cleanly. */
async function lead(ranks: Leader, args: readonly string[], io: Io): Promise<ExitCode> {
  const failed = async (error: unknown): Promise<ExitCode> => {
    const code = tell(error, io)
    await ranks.end(error)
    return code
  }
  try {
    await ranks.greet(args)
    const code = await runCommand(args, io, ranks)
    await ranks.end(null)
    return code
  } catch (error) {
    return failed(error)
  }
}

/** The most characters of an error: it may quote a file. */
const LONGEST = 4000

function tell(error: unknown, io: Io): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  if (error instanceof SpikewardError) {
    const code = ` [${error.code}]`
    io.err(`error: ${shorten(error.message.slice(0, -code.length), LONGEST)}${code}\n`)
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed
  }
  const known = systemError(error)
  if (known instanceof SpikewardError) return tell(known, io)
  io.err(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return exitCodes.failed
}

async function runCommand(args: readonly string[], io: Io, ranks: Leader | null): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done
  const { declared: plugins, errors } = await pluginsIn(args)
  let refuse = (): Promise<void> => Promise.resolve()
  const program = new Command('spikeward')
    .description('Trains spiking neural networks for scientific machine learning, forward only.')
    .helpCommand(false)
    .version(description.version)
  const configureOutput = (command: Command): void => {
    // The suggestion is ours, since it knows the words of other tools.
    command.showSuggestionAfterError(false)
    command.exitOverride().configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      outputError: (text, write) => {
        refuse = async () => {
          const advice = flagValueAdvice(command, args) || meantAdvice(command, text, (await whole()).commands)
          write(`${text}${advice}`)
        }
      },
    })
    command.commands.forEach(configureOutput)
  }
  const context = { io, done: (c: ExitCode) => (code = c), plugins, ranks }
  /** All commands, of which a call loads one: a flag may be that of another. */
  const whole = async (): Promise<Command> => {
    const all = new Command('spikeward')
    for (const add of await called([])) add(all, context)
    return all
  }
  for (const add of await called(args)) add(program, context)
  configureOutput(program)
  checkValues(program, args)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (thrown) {
    const error = firstError(thrown)
    if (error instanceof HelpRequest) await error.show()
    else {
      // A flag may be unknown because the package that declares it could not be loaded.
      const isUnknownFlag = error instanceof CommanderError && error.code === 'commander.unknownOption'
      if (isUnknownFlag && errors.length > 0) throw errors[0]
      await refuse()
      throw error
    }
  }
  return code
}
