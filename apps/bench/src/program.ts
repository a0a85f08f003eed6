import { Command, CommanderError } from 'commander'
import { addMemory } from './commands/memory.js'
import { addStep } from './commands/step.js'
import { addTable } from './commands/table.js'
import type { Io } from './io.js'

/** The benchmarks: one file each, one line each here. */
const commands: readonly ((program: Command, io: Io) => void)[] = [addStep, addMemory, addTable]

/**
 * Runs the command line.
 *
 * @returns 0 done, 1 failed, 2 wrong usage
 */
export async function runBench(args: readonly string[], io: Io): Promise<0 | 1 | 2> {
  const program = new Command('bench').description('Benchmarks of Spikeward beside its peers.').helpCommand(false)
  for (const add of commands) add(program, io)
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err })
  }
  try {
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    io.err(`error: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}
