import { resolve } from 'node:path'
import type { Command } from 'commander'
import { key, tensor, text } from '@spikeward/core'
import { writeWhole } from '@spikeward/core/node'
import { type NirGraph, type NirNetwork, isGraph, nirNetwork } from '@spikeward/nir'
import { readNirFile } from '@spikeward/nir/node'
import { encodeNpy } from '@spikeward/problems/node'
import { type FlagsOf, asUsage, exitCodes, jsonFlag, metavar, usageError } from '@spikeward/experiment'
import { exists, readArray } from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'
import { forceFlag, readDtFlag } from './chipFlags.js'
import type { Context } from '../../io/processIo.js'

const runFlags = {
  input: metavar('<file>', text({ required: true, help: 'input over time, [time × inputs]: .npy, .csv, .mat or .h5' })),
  out: metavar('<file>', text({ required: true, help: 'file for the output over time: .npy' })),
  ...readDtFlag('the one stored in the file'),
  ...forceFlag,
  ...jsonFlag,
}

const checkFlags = { ...readDtFlag('the one stored in the file, else 0.001'), ...jsonFlag }

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

function countTypes(graph: NirGraph, counts: Record<string, number> = {}): Record<string, number> {
  for (const node of Object.values(graph.nodes)) {
    counts[node.type] = (counts[node.type] ?? 0) + 1
    if (isGraph(node)) countTypes(node, counts)
  }
  return counts
}

/** Outputs [time, …output] of a graph for inputs [time, …input], in f64. */
async function simulate(network: NirNetwork, path: string): Promise<{ shape: number[]; values: Float64Array }> {
  const { input, output } = network.shapes
  const array = await asUsage(() => readArray(resolve(path), undefined))
  const [time = 0] = array.shape
  if (time === 0 || sizeOf(array.shape.slice(1)) !== sizeOf(input)) {
    throw usageError(
      'CLI_BAD_VALUE',
      `${path} has shape [${array.shape.join(', ')}]; the graph takes [time, ${input.join(', ')}]`,
    )
  }
  const at = array.data.findIndex((v: number) => !Number.isFinite(v))
  if (at >= 0) {
    const wide = sizeOf(input)
    throw usageError(
      'CLI_BAD_VALUE',
      `${path} holds ${array.data[at]} at step ${Math.floor(at / wide)}, input ${at % wide}, which a neuron answers with spikes or with none, so that the output would not show the fault; give finite numbers`,
    )
  }
  const x = tensor(Float64Array.from(array.data), { shape: [time, 1, ...input], dtype: 'f64' })
  const y = network.simulate(network.init(key(0)), x)
  return { shape: [time, ...output], values: new Float64Array(await y.data()) }
}

export function addNir(program: Command, { io, done }: Context): void {
  const nir = program.command('nir').description('run and check NIR files of this and other tools')
  const run = nir
    .command('run')
    .description('run a graph on an input over time, step by step, in double precision')
    .argument('<file>', 'the NIR file')
  addFlags(run, runFlags).action(async (path: string, o: FlagsOf<typeof runFlags>) => {
    const out = resolve(o.out)
    if (!o.force && (await exists(out))) throw usageError('CLI_USAGE', `${out} already exists; replace it with --force`)
    const graph = await readNirFile(resolve(path))
    const network = nirNetwork(graph, { dtype: 'f64', ...(o.dt === undefined ? {} : { dt: o.dt }) })
    const { shape, values } = await simulate(network, o.input)
    await writeWhole(out, encodeNpy({ shape, data: values }))
    const result = { file: resolve(path), out, shape }
    io.out(o.json ? `${JSON.stringify(result)}\n` : `${out}: [${shape.join(' × ')}]\n`)
    done(exitCodes.done)
  })
  const check = nir
    .command('check')
    .description('read and check a graph, and report whether it can be executed')
    .argument('<file>', 'the NIR file')
  addFlags(check, checkFlags).action(async (path: string, o: FlagsOf<typeof checkFlags>) => {
    const graph = await readNirFile(resolve(path))
    const { input, output } = nirNetwork(graph, { dt: o.dt ?? 1e-3 }).shapes
    const nodes = countTypes(graph)
    const listed = Object.entries(nodes).map(([type, count]) => `${count} ${type}`)
    io.out(
      o.json
        ? `${JSON.stringify({ file: resolve(path), nodes, edges: graph.edges.length, input, output })}\n`
        : `${path}: [${input.join(' × ')}] → [${output.join(' × ')}], ${listed.join(', ')}\n`,
    )
    done(exitCodes.done)
  })
}
