import { resolve } from 'node:path'
import type { Command } from 'commander'
import { choice } from '@spikeward/core'
import { writeWhole } from '@spikeward/core/node'
import { lossesOf, lossesOfGraph, mlpToNir, writeNir, withProblem } from '@spikeward/nir'
import type { NirGraph } from '@spikeward/nir'
import { exitCodes, isNirNetwork, nirLossy, placed, usageError } from '@spikeward/experiment'
import type { FlagsOf } from '@spikeward/experiment'
import {
  describePart,
  describeRun,
  exists,
  openFinished,
  operatorParts,
  trainedGraph,
} from '@spikeward/experiment/node'
import type { OpenedRun, OperatorPart } from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'
import { dtFlag, forceFlag, lossyFlag } from './chipFlags.js'
import type { OpenFlags } from '../shared/lastFlag.js'
import type { Context } from '../shared/context.js'
import { addBackendOptions, addDisplayOptions } from '../shared/sharedOptions.js'

const exportFlags = {
  to: placed('<format>', choice(['nir'], { default: 'nir', help: 'the format' })),
  ...dtFlag,
  part: choice(operatorParts, { computed: 'none', help: 'of an operator network, the block to write' }),
  ...lossyFlag,
  ...forceFlag,
}

type Options = FlagsOf<typeof exportFlags> & OpenFlags

/** The graph of a run, and what other readers would run differently. */
async function graphOfRun(
  run: OpenedRun,
  dt: number,
  part: OperatorPart | undefined,
): Promise<{ graph: NirGraph; losses: readonly string[] }> {
  if (isNirNetwork(run.config.network)) {
    if (part !== undefined)
      throw usageError('CLI_USAGE', '--part names a block of an operator network, and this run has none; leave it out')
    const graph = await trainedGraph(run)
    return { graph, losses: lossesOfGraph(graph) }
  }
  const mlp = part === undefined ? await describeRun(run) : await describePart(run, part)
  return { graph: mlpToNir(mlp, { dt, allowLossy: true }), losses: lossesOf(mlp) }
}

/** `export <run> --to nir <file>`: writes the trained network in a format that other tools read. */
export function addExport(program: Command, { io, done }: Context): void {
  const command = program
    .command('export')
    .description('write the network of a run in another file format')
    .argument('<run>', 'the run folder')
    .argument('<file>', 'the file to write')
  addFlags(command, exportFlags)
  addBackendOptions(command, null)
  addDisplayOptions(command).action(async (path: string, file: string, o: Options) => {
    const out = resolve(file)
    if (!o.force && (await exists(out))) throw usageError('CLI_USAGE', `${out} already exists; replace it with --force`)
    await using run = await openFinished(path, o, io)
    const { graph, losses } = await graphOfRun(run, o.dt, o.part)
    if (losses.length > 0 && !o.allowLossy) throw nirLossy(losses)
    await writeWhole(out, await writeNir(o.part === undefined ? withProblem(graph, run.config.problem) : graph))
    for (const loss of losses) io.err(`note: other readers of NIR run this network differently: ${loss}\n`)
    io.out(o.json ? `${JSON.stringify({ run: run.path, out, dt: o.dt, losses })}\n` : `${out}\n`)
    done(exitCodes.done)
  })
}
