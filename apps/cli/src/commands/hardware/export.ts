import { basename, dirname, extname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { choice } from '@spikeward/core'
import { writeWhole } from '@spikeward/core/node'
import { type NirGraph, lossesOf, lossesOfGraph, mlpToNir, stepperToNir, withProblem, writeNir } from '@spikeward/nir'
import {
  describePart,
  describeRun,
  exitCodes,
  exportFormats,
  isNirNetwork,
  nirLossy,
  operatorParts,
  metavar,
  trainedGraph,
  usageError,
} from '@spikeward/experiment'
import type { ExportFormat, FlagsOf, Io, OperatorPart } from '@spikeward/experiment'
import { eventStepper, exists, exportableOf, isStepper, openFinished, stepperLosses } from '@spikeward/experiment/node'
import type { OpenedRun } from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'
import { dtFlag, forceFlag, lossyFlag, noteIgnored } from './chipFlags.js'
import { type OpenFlags, addBackendOptions, addDisplayOptions } from '../options/sharedOptions.js'
import type { Context } from '../../io/processIo.js'

const formats = Object.keys(exportFormats) as ExportFormat[]

const exportFlags = {
  to: metavar(
    '<format>',
    choice(['nir', ...formats], { default: 'nir', help: 'the format; all but nir hold the whole network of any run' }),
  ),
  ...dtFlag,
  part: choice(operatorParts, { computed: 'none', help: 'for nir, of an operator network, the block to write' }),
  ...lossyFlag,
  ...forceFlag,
}

type Options = FlagsOf<typeof exportFlags> & OpenFlags

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
  if (part === undefined && isStepper(run))
    return { graph: stepperToNir((await eventStepper(run)).floats, { allowLossy: true }), losses: stepperLosses }
  const mlp = part === undefined ? await describeRun(run) : await describePart(run, part)
  return { graph: mlpToNir(mlp, { dt, allowLossy: true }), losses: lossesOf(mlp) }
}

async function writeNirFile(run: OpenedRun, out: string, o: Options, io: Io): Promise<readonly string[]> {
  if (isStepper(run) && !o.allowLossy) throw nirLossy(stepperLosses)
  const { graph, losses } = await graphOfRun(run, o.dt, o.part)
  if (losses.length > 0 && !o.allowLossy) throw nirLossy(losses)
  await writeWhole(out, await writeNir(o.part === undefined ? withProblem(graph, run.config.problem) : graph))
  for (const loss of losses) io.err(`note: other readers of NIR run this network differently: ${loss}\n`)
  return losses
}

export function addExport(program: Command, { io, done }: Context): void {
  const command = program
    .command('export')
    .description('write the network of a run in another file format, or as a program of its own')
    .argument('<run>', 'the run folder')
    .argument('<file>', 'the file to write')
  addFlags(command, exportFlags)
  addBackendOptions(command, null)
  addDisplayOptions(command).action(async (path: string, file: string, o: Options) => {
    const out = resolve(file)
    const refuse = async (name: string): Promise<void> => {
      if (!o.force && (await exists(name)))
        throw usageError('CLI_USAGE', `${name} already exists; replace it with --force`)
    }
    await refuse(out)
    if (o.to !== 'nir' && o.part !== undefined)
      throw usageError('CLI_USAGE', `--part is for --to nir, and ${o.to} holds the whole network; leave it out`)
    await using run = await openFinished(path, o, io)
    if (o.to === 'nir') {
      if (o.part === undefined && isStepper(run)) noteIgnored(command, io)
      const losses = await writeNirFile(run, out, o, io)
      io.out(o.json ? `${JSON.stringify({ run: run.path, out, dt: o.dt, losses })}\n` : `${out}\n`)
    } else {
      using network = await exportableOf(run)
      const files = (await exportFormats[o.to](network)).map(({ extension, content }) => ({
        name: extension === null ? out : join(dirname(out), `${basename(out, extname(out))}${extension}`),
        content,
      }))
      for (const { name } of files.slice(1)) await refuse(name)
      for (const { name, content } of files) await writeWhole(name, content)
      const names = files.map(({ name }) => name)
      io.out(
        o.json ? `${JSON.stringify({ run: run.path, out, format: o.to, files: names })}\n` : `${names.join('\n')}\n`,
      )
    }
    done(exitCodes.done)
  })
}
