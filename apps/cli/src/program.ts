import { Command, CommanderError } from 'commander'
import description from '../package.json' with { type: 'json' }
import { SpikewardError, firstError } from '@spikeward/core'
import { systemError } from '@spikeward/core/node'
import { addChip } from './commands/hardware/chip.js'
import { addCompare } from './commands/compare.js'
import { addDeploy } from './commands/hardware/deploy.js'
import { addDoctor } from './commands/doctor.js'
import { addEnergy } from './commands/hardware/energy.js'
import { addEvaluate } from './commands/evaluate.js'
import { addExport } from './commands/hardware/export.js'
import { addImport } from './commands/hardware/import.js'
import { addLearn } from './commands/learn.js'
import { addList } from './commands/list.js'
import { addNir } from './commands/hardware/nir.js'
import { addPredict } from './commands/predict.js'
import { addQuantise } from './commands/hardware/quantise.js'
import { addQueue } from './commands/queue/queue.js'
import { addReproduce } from './commands/reproduce.js'
import { addSearch } from './commands/search.js'
import { addServe } from './commands/serve.js'
import { addResume } from './commands/resume.js'
import { addTrain } from './commands/train.js'
import { addWorker } from './commands/queue/worker.js'
import type { Context } from './commands/options/context.js'
import { UsageError, exitCodes, pluginsIn, shorten } from '@spikeward/experiment'
import type { ExitCode, Io } from '@spikeward/experiment'
import { follow, leaderOf, openRanks } from '@spikeward/experiment/node'
import type { Leader } from '@spikeward/experiment/node'
import { HelpRequest, checkValues } from './usage/checkValues.js'
import { flagValueAdvice, meantAdvice } from './usage/flagValue.js'
import { printableIo } from './io/processIo.js'
import { withProgress } from './io/showProgress.js'

type Add = (program: Command, context: Context) => void

/** The commands by name: one file each, one line each here. */
const commands: ReadonlyMap<string, Add> = new Map([
  ['train', addTrain],
  ['resume', addResume],
  ['learn', addLearn],
  ['evaluate', addEvaluate],
  ['predict', addPredict],
  ['serve', addServe],
  ['compare', addCompare],
  ['search', addSearch],
  ['reproduce', addReproduce],
  ['worker', addWorker(runCli)],
  ['queue', addQueue],
  ['export', addExport],
  ['import', addImport],
  ['quantise', addQuantise],
  ['deploy', addDeploy],
  ['energy', addEnergy],
  ['nir', addNir],
  ['chip', addChip],
  ['list', addList],
  ['doctor', addDoctor],
])

/** The command that is called, or all of them for the help: to declare every flag takes longer than to print a list. */
function called([name = '']: readonly string[]): Iterable<Add> {
  const command = commands.get(name)
  return command === undefined ? commands.values() : [command]
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
    const ranks = await openRanks(process.env)
    if (ranks === null) return await runCommand(args, io, null)
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
  const named = systemError(error)
  if (named instanceof SpikewardError) return tell(named, io)
  io.err(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return exitCodes.failed
}

async function runCommand(args: readonly string[], io: Io, ranks: Leader | null): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done
  const { declared: plugins, errors } = await pluginsIn(args)
  let refuse = (): void => undefined
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
        refuse = () => write(`${text}${flagValueAdvice(command, args) || meantAdvice(command, text)}`)
      },
    })
    command.commands.forEach(configureOutput)
  }
  for (const add of called(args)) add(program, { io, done: (c) => (code = c), plugins, ranks })
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
      refuse()
      throw error
    }
  }
  return code
}
