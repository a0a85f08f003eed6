import { SpikewardError } from '@spikeward/core'
import { forLayer } from '../execute/statelessNodes.js'
import { doubles, isArray, isGraph, toDoubles } from '../graph/nirData.js'
import type { NirArray, NirGraph, NirNode, NirValue } from '../graph/nirData.js'
import { initialMembraneOf, keys, resetOf, stepsOf, surrogateOf } from '../graph/metadata.js'
import { arrayOf } from '../graph/shapes.js'
import type { AffineDescription, LayerDescription, MlpDescription, NeuronDescription } from './description.js'

const foreign = (why: string): SpikewardError =>
  new SpikewardError(
    'NIR_NOT_AN_MLP',
    `the graph is not a multilayer perceptron written by mlpToNir: ${why}; run it with nirNetwork`,
  )

/** The nodes from input to output of a graph that is a chain. */
function chainOf({ nodes, edges }: NirGraph): [string, NirNode | NirGraph][] {
  const next = new Map(edges)
  if (next.size !== edges.length || edges.length !== Object.keys(nodes).length - 1)
    throw foreign('it is not a chain of nodes')
  const starts = Object.entries(nodes).filter(([, node]) => node.type === 'Input')
  const chain: [string, NirNode | NirGraph][] = []
  for (let name = starts[0]?.[0]; name !== undefined && chain.length <= edges.length; name = next.get(name)) {
    const node = nodes[name]
    if (node === undefined) throw foreign(`'${name}' is not a node`)
    chain.push([name, node])
  }
  return chain
}

function numberOf(record: Readonly<Record<string, NirValue>>, key: string, where: string): number {
  const value = record[key]
  const [number] = isArray(value) ? toDoubles(value) : []
  if (number === undefined) throw foreign(`${where} has no metadata ${key}`)
  if (!Number.isFinite(number)) throw foreign(`${where} has ${key}: ${number}, which is not finite`)
  return number
}

/** An array of `length` numbers in the metadata of a node. */
function noted(name: string, node: NirNode, key: string, length: number): NirArray {
  const value = node.metadata[key]
  if (!isArray(value)) throw foreign(`node '${name}' has no metadata ${key}`)
  if (value.data.length === length) return value
  throw foreign(`node '${name}' has ${value.data.length} numbers in its metadata ${key}, and ${length} are needed`)
}

const affineOf = (name: string, node: NirNode): AffineDescription => ({
  weight: forLayer(arrayOf(name, node, 'weight')),
  bias: arrayOf(name, node, 'bias'),
})

const diagonalOf = (name: string, node: NirNode): NirArray => {
  const { shape, data } = arrayOf(name, node, 'weight')
  const n = shape[0] ?? 0
  return doubles(
    [n],
    Array.from({ length: n }, (_, i) => Number(data[i * (n + 1)])),
  )
}

function normaliseOf(name: string, node: NirNode): NonNullable<MlpDescription['normalise']> {
  const factor = diagonalOf(name, node)
  return { middle: noted(name, node, keys.centre, factor.data.length), factor }
}

function neuronOf(name: string, node: NirNode): NeuronDescription {
  const { rule, delayed } = resetOf(name, node)
  const threshold = arrayOf(name, node, 'v_threshold')
  return {
    beta: numberOf(node.metadata, keys.beta, `node '${name}'`),
    gain: numberOf(node.metadata, keys.gain, `node '${name}'`),
    threshold: Number(threshold.data[0]),
    reset: rule === 'value' ? 'zero' : rule,
    resetMembrane: Number(arrayOf(name, node, 'v_reset').data[0]),
    resetDelayed: delayed,
    initialMembrane: initialMembraneOf(name, node, threshold.shape),
  }
}

/** The neurons of a layer, and the recurrent weights between them. */
function firingOf(name: string, node: NirNode | NirGraph): Pick<LayerDescription, 'neuron' | 'feedback'> {
  if (!isGraph(node)) return { neuron: neuronOf(name, node) }
  const { neuron, w_rec: feedback } = node.nodes
  if (neuron === undefined || feedback === undefined || isGraph(neuron) || isGraph(feedback))
    throw foreign(`'${name}' is not a recurrent layer`)
  return {
    neuron: neuronOf(`${name}/neuron`, neuron),
    feedback: forLayer(arrayOf(`${name}/w_rec`, feedback, 'weight')),
  }
}

/**
 * The perceptron of a graph that {@link mlpToNir} wrote, exactly as it was.
 *
 * @throws NIR_NOT_AN_MLP
 */
export function mlpFromNir(graph: NirGraph): MlpDescription {
  const chain = chainOf(graph).slice(1, -1)
  const next = (wanted: string): [string, NirNode | NirGraph] | null =>
    chain[0]?.[0] === wanted ? chain.shift()! : null
  const take = (wanted: string): [string, NirNode] | null => {
    const entry = next(wanted)
    if (entry === null) return null
    const [name, node] = entry
    if (isGraph(node)) throw foreign(`'${name}' is not a single node`)
    return [name, node]
  }
  const normalise = take('normalise')
  const layers: LayerDescription[] = []
  for (let l = 0; chain[0]?.[0] === `affine_${l}`; l++) {
    const [affine, neuron] = [take(`affine_${l}`)!, next(`neuron_${l}`)]
    if (neuron === null) throw foreign(`no spiking node follows 'affine_${l}'`)
    layers.push({ affine: affineOf(...affine), ...firingOf(...neuron) })
  }
  const readout = take('readout')
  const output = take('output_scale')
  if (layers.length === 0 || readout === null || chain.length > 0) throw foreign('its nodes have other names')
  const weight = forLayer(arrayOf(...readout, 'weight'))
  const [inputs = 0, outputs = 0] = weight.shape
  const time = stepsOf(graph)
  if (time === null) throw foreign(`the graph has no metadata ${keys.time}`)
  return {
    layers,
    readout: {
      weight,
      bias: noted(...readout, keys.bias, outputs),
      centre: noted(...readout, keys.centre, inputs),
    },
    normalise: normalise === null ? null : normaliseOf(...normalise),
    output: output === null ? null : { shift: arrayOf(...output, 'bias'), scale: diagonalOf(...output) },
    time,
    surrogate: surrogateOf(graph),
  }
}
