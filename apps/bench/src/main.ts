#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { addMemory } from './commands/memory.js'
import { addStep } from './commands/step.js'
import { addTable } from './commands/table.js'

const program = new Command('bench')
  .description('Benchmarks of Spikeward beside its peers.')
  .helpCommand(false)
  .exitOverride()
for (const add of [addStep, addMemory, addTable]) add(program)
program.commands.forEach((command) => command.exitOverride())
try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
