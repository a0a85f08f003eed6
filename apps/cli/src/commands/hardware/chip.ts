import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { checkTrace, chips, readTrace } from '@spikeward/chip'
import { exitCodes } from '../../usage/exitCodes.js'
import { pick } from '../../usage/pick.js'
import { usageError } from '../../usage/usageError.js'
import type { Context } from '../shared/context.js'

type Options = { readonly chip: string; readonly json: boolean }

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw usageError('CLI_DATA', `${path} cannot be read as JSON: ${why}; give a trace file`, error)
  }
}

/** `chip check`: replays recorded integers of a chip on its bit-accurate model. */
export function addChip(program: Command, { io, done }: Context): void {
  program
    .command('chip')
    .description('bit-accurate neuromorphic chips')
    .command('check')
    .description('replay a recorded trace and compare every integer; exit code 1 with the first difference')
    .argument('<file>', 'the trace: { lif: […], dense: […] } as JSON')
    .option('--chip <name>', `the chip: ${Object.keys(chips).join(' or ')}`, 'loihi1')
    .option('--json', 'print one JSON object', false)
    .action(async (path: string, o: Options) => {
      const chip = pick('chip', o.chip, chips)
      const trace = readTrace(await readJson(resolve(path)))
      const difference = await checkTrace(chip, trace)
      const [layers, connections] = [trace.lif.length, trace.dense.length]
      const told =
        difference === null
          ? `every integer agrees with ${chip.name}: ${layers} layers, ${connections} connections`
          : `${difference.where}[${difference.row}][${difference.column}]: recorded ${difference.recorded}, ${chip.name} gives ${difference.computed}`
      io.out(
        o.json
          ? `${JSON.stringify({ file: resolve(path), chip: chip.name, layers, connections, difference })}\n`
          : `${told}\n`,
      )
      done(difference === null ? exitCodes.done : exitCodes.failed)
    })
}
