import { Command, CommanderError } from 'commander'
import description from '../package.json' with { type: 'json' }
import { SpikewardError } from '@spikeward/core'
import { addChip } from './commands/chip.js'
import { addCompare } from './commands/compare.js'
import { addDoctor } from './commands/doctor.js'
import { addEvaluate } from './commands/evaluate.js'
import { addExport } from './commands/export.js'
import { addList } from './commands/list.js'
import { addNir } from './commands/nir.js'
import { addPredict } from './commands/predict.js'
import { addQuantise } from './commands/quantise.js'
import { addReproduce } from './commands/reproduce.js'
import { addResume } from './commands/resume.js'
import { addTrain } from './commands/train.js'
import type { Context } from './commands/shared/context.js'
import { pluginsIn } from './plugins/pluginsIn.js'
import { exitCodes } from './usage/exitCodes.js'
import type { ExitCode } from './usage/exitCodes.js'
import type { Io } from './io/io.js'
import { UsageError } from './usage/usageError.js'

/** The commands: one file each, one line each here. */
const commands: readonly ((program: Command, context: Context) => void)[] = [
  addTrain,
  addResume,
  addEvaluate,
  addPredict,
  addCompare,
  addReproduce,
  addExport,
  addQuantise,
  addNir,
  addChip,
  addList,
  addDoctor,
]

/**
 * Runs the command line.
 *
 * @param args the arguments after the name of the program
 * @returns 0 done, 1 failed, 2 wrong usage
 */
export async function runCli(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done
  const program = new Command('spikeward')
    .description('Trains spiking neural networks for scientific machine learning, forward only.')
    .helpCommand(false)
    .version(description.version)
  const settle = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err })
    command.commands.forEach(settle)
  }
  const plugins = await pluginsIn(args)
  for (const add of commands) add(program, { io, done: (c) => (code = c), plugins })
  settle(program)
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    if (error instanceof SpikewardError) {
      io.err(`error: ${error.message}\n`)
      return error instanceof UsageError ? exitCodes.usage : exitCodes.failed
    }
    io.err(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return exitCodes.failed
  }
}
