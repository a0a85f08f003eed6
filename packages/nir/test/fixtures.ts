import { readFileSync } from 'node:fs'
import { type NirGraph, type NirNode, doubles } from '@spikeward/nir'

/** Files written by NIR's own writer. */
export const names = [
  'affine-lif',
  'two-layers-readout',
  'if-nonzero-reset',
  'cuba-lif',
  'scale-threshold',
  'recurrent',
  'conv1d',
  'conv2d',
] as const

export const pathOf = (name: string): string => new URL(`fixtures/${name}.nir`, import.meta.url).pathname
export const bytesOf = (name: string): Uint8Array => Uint8Array.from(readFileSync(pathOf(name)))

/**
 * Input and output [time][neuron] of the files, by forward Euler in float64; those of convolutions by PyTorch 2.6, with
 * the `shape` of their input.
 */
export type Trace = {
  readonly dt: number
  readonly shape?: readonly number[]
  readonly input: number[][]
  readonly output: number[][]
}
export const traces = JSON.parse(readFileSync(new URL('fixtures/expected.json', import.meta.url), 'utf8')) as Record<
  string,
  Trace
>

/** A node of whole arrays. */
export const node = (type: string, parameters: Record<string, number[]>): NirNode => ({
  type,
  parameters: Object.fromEntries(Object.entries(parameters).map(([k, v]) => [k, doubles([v.length], v)])),
  metadata: {},
})

/** Input → nodes in a row → Output, for signals of `n` numbers. */
export function chain(n: number, ...nodes: readonly NirNode[]): NirGraph {
  const all = [node('Input', { shape: [n] }), ...nodes, node('Output', { shape: [n] })]
  return {
    type: 'NIRGraph',
    nodes: Object.fromEntries(all.map((one, i) => [`n${i}`, one])),
    edges: all.slice(1).map((_, i) => [`n${i}`, `n${i + 1}`] as const),
    metadata: {},
  }
}
