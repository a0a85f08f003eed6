import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { doubles, writeNir } from '@spikeward/nir'
import type { NirGraph, NirNode } from '@spikeward/nir'

const node = (type: string, parameters: Readonly<Record<string, readonly number[]>>): NirNode => ({
  type,
  parameters: Object.fromEntries(Object.entries(parameters).map(([k, v]) => [k, doubles([v.length], v)])),
  metadata: {},
})

/** Nodes in a row between an input and an output of two numbers. */
function chain(...inner: readonly (readonly [string, NirNode | NirGraph])[]): NirGraph {
  const shape = { shape: [1], data: BigInt64Array.of(2n) }
  const end = (type: string): NirNode => ({ type, parameters: { shape }, metadata: {} })
  const nodes = [['input', end('Input')] as const, ...inner, ['output', end('Output')] as const]
  return {
    type: 'NIRGraph',
    nodes: Object.fromEntries(nodes),
    edges: nodes.slice(1).map(([name], i) => [nodes[i]![0], name] as const),
    metadata: {},
  }
}

const integrate = node('IF', { r: [1, 1], v_threshold: [1, 2], v_reset: [0, 0] })
const weight = doubles([2, 2], [500, 0.5, -0.25, 250])
const affine: NirNode = { type: 'Affine', parameters: { weight, bias: doubles([2], [0, 1]) }, metadata: {} }
const linear: NirNode = { type: 'Linear', parameters: { weight }, metadata: {} }

/** A layer whose spikes return one step later. */
const recurrent: NirGraph = {
  ...chain(['spikes', integrate], ['w_rec', linear]),
  edges: [
    ['input', 'spikes'],
    ['spikes', 'output'],
    ['spikes', 'w_rec'],
    ['w_rec', 'spikes'],
  ],
}

/** Graphs of a few nodes. */
const graphs: Readonly<Record<string, NirGraph>> = {
  affine: chain(['affine', affine], ['neurons', integrate]),
  leaky: chain([
    'neurons',
    {
      ...node('LIF', { tau: [0.01, 0.02], r: [1, 1], v_leak: [0, 0], v_threshold: [1, 1] }),
      metadata: { spikeward_reset: 'subtract', spikeward_initial_membrane: doubles([2], [0, 0.5]) },
    },
  ]),
  // Preserved when it is written again, and not executed.
  unknown: chain(['node', node('Unheard', { weight: [1, 2] })]),
  delay: chain(['scale', node('Scale', { scale: [2, 0.5] })], ['delay', node('Delay', { delay: [0.001, 0.002] })]),
  recurrent: chain(['layer', recurrent]),
  // Large enough that the writer compresses it.
  compressed: chain([
    'neurons',
    {
      ...integrate,
      metadata: {
        note: doubles(
          [256],
          Array.from({ length: 256 }, (_, i) => i),
        ),
      },
    },
  ]),
}

/**
 * Writes the graphs as files `*.seed.nir` of a folder, unless they are there. Reading one takes a fraction of the time
 * of a file by NIR's own writer, and each damaged byte is more likely to matter.
 */
export async function writeSmallNir(folder: string): Promise<void> {
  for (const [name, graph] of Object.entries(graphs)) {
    const path = join(folder, `${name}.seed.nir`)
    if (!existsSync(path)) await writeFile(path, await writeNir(graph))
  }
}
