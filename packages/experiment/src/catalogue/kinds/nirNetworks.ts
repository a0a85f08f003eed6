/** Networks in NIR files: `nir:FILE`, with options in parentheses: `nir:hat.nir(dt=0.001,learn=tau)`. */
import { host } from '#host'
import { choice, choices, defineFactory, defineOptions, integer, number, opaque } from '@spikeward/core'
import type { Declared, Spike } from '@spikeward/core'
import { type NirGraph, learnableParameters, nirNetwork } from '@spikeward/nir'
import { usageError } from '../../usage/usageError.js'
import { leafOf } from '../make.js'
import type { Expression } from '../notation/expression.js'

const PREFIX = 'nir:'

/** The file of such a network in its run folder: runs do not depend on the file that they began with. */
export const NIR_IN_RUN = 'network.nir'

/** Whether a network is named by its file. */
export const isNirNetwork = (network: string): boolean => network.startsWith(PREFIX)

/** Where the parentheses open that close at the end of a text; −1 if it does not end with balanced ones. */
function lastGroup(text: string): number {
  let depth = 0
  for (let i = text.length - 1; i >= 0 && text.endsWith(')'); i--) {
    if (text[i] === ')') depth++
    if (text[i] === '(' && --depth === 0) return i
  }
  return -1
}

/**
 * The path and the options, with their parentheses, of `nir:FILE(…)`. Parentheses before the last ones belong to the path; a path that ends
 * with parentheses is followed by empty ones.
 */
function partsOf(network: string): { readonly path: string; readonly options: string } {
  const rest = network.slice(PREFIX.length)
  const at = lastGroup(rest)
  const [path, options] = at < 0 ? [rest, ''] : [rest.slice(0, at), rest.slice(at)]
  if (path !== '') return { path, options }
  throw usageError('CLI_USAGE', `the network "${network}" names no file; write nir:FILE`)
}

/** The network in a file, with the length of a step if one is given. */
export const nirNetworkName = (path: string, dt?: number): string =>
  `${PREFIX}${path}(${dt === undefined ? '' : `dt=${dt}`})`

export const nirPathOf = (network: string): string => host.absolutePath(partsOf(network).path)

export const withAbsolutePath = (network: string): string =>
  isNirNetwork(network) ? `${PREFIX}${nirPathOf(network)}${partsOf(network).options}` : network

/** The same network with the file of its run folder: as `config.json` stores it. */
export const asInFolder = (network: string): string =>
  isNirNetwork(network) ? `${PREFIX}${NIR_IN_RUN}${partsOf(network).options}` : network

export function fromFolder(network: string, folder: string): string {
  if (!isNirNetwork(network) || partsOf(network).path !== NIR_IN_RUN) return network
  return `${PREFIX}${folder}/${NIR_IN_RUN}${partsOf(network).options}`
}

/** The name and the options of a network. Paths may contain characters that no other name has. */
export function networkLeaf(network: string): Expression {
  if (!isNirNetwork(network)) return leafOf('network', network)
  return { ...leafOf('network', `nir${partsOf(network).options}`), name: `${PREFIX}${partsOf(network).path}` }
}

const isSpike = (value: unknown): value is Spike => typeof value === 'function'

const options = /* @__PURE__ */ defineOptions(() => ({
  inputs: integer({ min: 1, required: true, help: 'values of an input' }),
  outputs: integer({ min: 1, required: true, help: 'values of an output' }),
  time: integer({ min: 1, required: true, help: 'time steps (T)' }),
  spike: opaque('a spike, such as spike(atan())', isSpike, { required: true, help: 'spike with its surrogate' }),
  dtype: choice(['f32', 'f64'], { default: 'f32', help: 'type of all tensors' }),
  dt: number({ min: 0, above: true, computed: 'what the file notes', help: 'length of a step in seconds' }),
  learn: choices(learnableParameters, { default: [], help: 'parameters of neurons to train' }),
}))

export async function nirFactory(
  network: string,
  read: NirGraph | null,
): Promise<{ readonly factory: Declared<object>; graph: NirGraph }> {
  const { path } = partsOf(network)
  const graph = read ?? (await host.graph(host.absolutePath(path)))
  const facts = { learns: 'functions' }
  const summary = `the graph in ${path}`
  const factory = defineFactory(
    { kind: 'network', name: 'nir', summary, options, facts },
    (values) => (given: Parameters<typeof values>[0]) => {
      const { inputs, outputs, time, spike, dtype, dt, learn } = values(given)
      const made = nirNetwork(graph, { time, spike, dtype, learn, ...(dt === undefined ? {} : { dt }) })
      const { input, output } = made.shapes
      if (input.join() !== String(inputs) || output.join() !== String(outputs))
        throw usageError(
          'CLI_BAD_VALUE',
          `${path} maps [${input.join(', ')}] to [${output.join(', ')}], and the problem has ${inputs} inputs and ${outputs} outputs; choose a problem of the same sizes`,
        )
      return made
    },
  )
  return { factory, graph }
}
