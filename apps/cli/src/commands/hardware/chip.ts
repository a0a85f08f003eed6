import { resolve } from 'node:path'
import type { Command } from 'commander'
import { readRegularText } from '@spikeward/core/node'
import { checkTrace, chips, readTrace } from '@spikeward/chip'
import { type FlagsOf, asUsage, exitCodes, jsonFlag, parseUserJson, reasonOf, usageError } from '@spikeward/experiment'
import { addFlags } from '../../usage/addFlags.js'
import { chipFlag } from './chipFlags.js'
import type { Context } from '../../io/processIo.js'
import { addChipTrain } from './chipTrain.js'

const checkFlags = { ...chipFlag('loihi1'), ...jsonFlag }

async function readJson(path: string): Promise<unknown> {
  const content = await asUsage(() => readRegularText(path, { what: 'a trace' }))
  try {
    return parseUserJson(content)
  } catch (error) {
    throw usageError('CLI_DATA', `${path} is not JSON: ${reasonOf(error)}; give a trace as JSON`, error)
  }
}

export function addChip(program: Command, context: Context): void {
  const { io, done } = context
  const chipCommand = program
    .command('chip')
    .description('train in the integers of a simulated chip, and replay traces of a real one')
  addChipTrain(chipCommand, context)
  const command = chipCommand
    .command('check')
    .description('replay a recorded trace and compare every number; exit code 1 with the first difference')
    .argument('<file>', 'the trace: { lif: […], dense: […], traces: […] } as JSON')
  addFlags(command, checkFlags).action(async (path: string, o: FlagsOf<typeof checkFlags>) => {
    const chip = chips[o.chip]
    const trace = readTrace(await readJson(resolve(path)))
    const difference = await checkTrace(chip, trace)
    const [layers, connections] = [trace.lif.length + trace.sigmaDelta.length, trace.dense.length]
    const note =
      difference === null
        ? `every number agrees with ${chip.name}: ${layers} layers, ${connections} connections`
        : `${difference.where}[${difference.row}][${difference.column}]: recorded ${difference.recorded}, ${chip.name} gives ${difference.computed}`
    io.out(
      o.json
        ? `${JSON.stringify({ file: resolve(path), chip: chip.name, layers, connections, difference })}\n`
        : `${note}\n`,
    )
    done(difference === null ? exitCodes.done : exitCodes.failed)
  })
}
