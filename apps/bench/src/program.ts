import { firstError } from '@spikeward/core'
import { Command, CommanderError } from 'commander'
import { addAll, addReport } from './commands/all.js'
import { addCompare, addServe } from './commands/compare.js'
import { addDocs } from './commands/docs.js'
import { addGuard } from './commands/guard.js'
import type { Io } from './io.js'
import { benchmarks } from './run/benchmarks.js'

type Add = (program: Command, io: Io) => void

/** The commands: one file each and one row each here; benchmarks have theirs in run/registry.ts. */
const commands: readonly Add[] = [
  ...benchmarks.map((b): Add => b.add),
  addAll(runBench),
  addReport,
  addDocs,
  addCompare,
  addGuard,
  addServe,
]

export function makeProgram(io: Io): Command {
  const program = new Command('bench').description('Benchmarks of Spikeward and its peers.').helpCommand(false)
  for (const add of commands) add(program, io)
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err })
  }
  return program
}

/**
 * Runs the command line.
 *
 * @returns 0 done, 1 failed, 2 wrong usage
 */
export async function runBench(args: readonly string[], io: Io): Promise<0 | 1 | 2> {
  const program = makeProgram(io)
  try {
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (thrown) {
    const error = firstError(thrown)
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    io.err(`error: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}
