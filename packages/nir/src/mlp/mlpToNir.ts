import { SpikewardError } from '@spikeward/core'
import { forFile } from '../execute/statelessNodes.js'
import { type NirArray, type NirGraph, type NirNode, doubles, toDoubles } from '../graph/nirData.js'
import { keys } from '../graph/metadata.js'
import { lossesOf } from './lossesOf.js'
import type { AffineDescription, LayerDescription, MlpDescription, NeuronDescription } from './description.js'

/** Options of {@link mlpToNir}. */
export interface MlpToNirOptions {
  /** Length of a step in seconds; default 1e-3. */
  readonly dt?: number
  /** Whether to write a graph that other readers of the standard would run differently. Default false. */
  readonly allowLossy?: boolean
}

const scalar = (value: number): NirArray => doubles([], [value])

const node = (type: string, parameters: NirNode['parameters'], metadata: NirNode['metadata'] = {}): NirNode => ({
  type,
  parameters,
  metadata,
})

const affineNode = ({ weight, bias }: AffineDescription): NirNode => node('Affine', { weight: forFile(weight), bias })

/** A diagonal matrix that training does not change: the standard has no elementwise affine node. */
function diagonal(factor: NirArray, shift: NirArray): NirNode {
  const [f, n] = [toDoubles(factor), factor.data.length]
  const weight = doubles(
    [n, n],
    Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? f[i % n]! : 0)),
  )
  return node('Affine', { weight, bias: shift }, { [keys.fixed]: 'true' })
}

function neuronNode(n: number, neuron: NeuronDescription, dt: number): NirNode {
  const all = (value: number): NirArray => doubles([n], new Float64Array(n).fill(value))
  const { beta, gain, reset, resetDelayed, initialMembrane } = neuron
  const firing = { v_threshold: all(neuron.threshold), v_reset: all(neuron.resetMembrane) }
  const metadata = {
    [keys.beta]: scalar(beta),
    [keys.gain]: scalar(gain),
    ...(reset === 'zero' ? {} : { [keys.reset]: reset }),
    ...(resetDelayed ? { [keys.resetDelayed]: 'true' } : {}),
    ...(initialMembrane === null ? {} : { [keys.initialMembrane]: initialMembrane }),
  }
  if (beta === 1) return node('IF', { r: all(gain / dt), ...firing }, metadata)
  const leak = { tau: all(dt / (1 - beta)), r: all(gain / (1 - beta)), v_leak: all(0) }
  return node('LIF', { ...leak, ...firing }, metadata)
}

const ends = (type: 'Input' | 'Output', n: number): NirNode =>
  node(type, { shape: { shape: [1], data: BigInt64Array.of(BigInt(n)) } })

/**
 * Neurons that drive each other: the standard's subgraph {input, neuron, w_rec, output}, whose spikes arrive one step
 * later.
 */
function recurrentGraph(n: number, neuron: NirNode, feedback: NirArray): NirGraph {
  return {
    type: 'NIRGraph',
    nodes: {
      input: ends('Input', n),
      neuron,
      w_rec: node('Linear', { weight: forFile(feedback) }),
      output: ends('Output', n),
    },
    edges: [
      ['input', 'neuron'],
      ['neuron', 'w_rec'],
      ['w_rec', 'neuron'],
      ['neuron', 'output'],
    ],
    metadata: {},
  }
}

/** The neurons of a layer. */
function firingNode({ affine, neuron, feedback }: LayerDescription, dt: number): NirNode | NirGraph {
  const n = affine.bias.data.length
  const node = neuronNode(n, neuron, dt)
  return feedback === undefined ? node : recurrentGraph(n, node, feedback)
}

/** b − cW, with b and c in the metadata. */
function readoutNode({ weight, bias, centre }: MlpDescription['readout']): NirNode {
  const [w, c] = [toDoubles(weight), toDoubles(centre)]
  const [, outputs = 0] = weight.shape
  const joined = toDoubles(bias).map((b, o) => c.reduce((sum, mean, i) => sum - mean * w[i * outputs + o]!, b))
  return node(
    'Affine',
    { weight: forFile(weight), bias: doubles([outputs], joined) },
    { [keys.centre]: centre, [keys.bias]: bias },
  )
}

/**
 * The graph of a spiking multilayer perceptron. The mean of its outputs over time is the network's output. A step of
 * u ← βu + κx becomes a LIF of τ = Δt/(1 − β), R = κ/(1 − β), or without leak an IF of R = κ/Δt. Properties that the
 * standard lacks are stored in metadata, from which `mlpFromNir` and `nirNetwork` restore them exactly.
 *
 * @throws NIR_LOSSY if other readers would run the graph differently and `allowLossy` is not set; INVALID_OPTION
 * @example const bytes = await writeNir(mlpToNir(description, { allowLossy: true }))
 */
export function mlpToNir(mlp: MlpDescription, options: MlpToNirOptions = {}): NirGraph {
  const { dt = 1e-3, allowLossy = false } = options
  if (!Number.isFinite(dt) || dt <= 0)
    throw new SpikewardError('INVALID_OPTION', `mlpToNir: dt is ${dt}; it must be a number of seconds above 0`)
  const losses = lossesOf(mlp)
  if (losses.length > 0 && !allowLossy) {
    throw new SpikewardError(
      'NIR_LOSSY',
      `other readers of NIR would run this network differently: ${losses.join('; ')}; allow it (allowLossy) if only Spikeward reads the file, or train with reset 'zero' from membranes at rest (membrane [0, 0])`,
    )
  }
  const nodes: [string, NirNode | NirGraph][] = []
  const [width = 0] = mlp.layers[0]!.affine.weight.shape
  if (mlp.normalise !== null) {
    const [middle, factor] = [toDoubles(mlp.normalise.middle), toDoubles(mlp.normalise.factor)]
    const shift = doubles(
      [width],
      middle.map((m, i) => -m * factor[i]!),
    )
    const scale = diagonal(mlp.normalise.factor, shift)
    nodes.push(['normalise', { ...scale, metadata: { ...scale.metadata, [keys.centre]: mlp.normalise.middle } }])
  }
  mlp.layers.forEach((layer, l) => {
    nodes.push([`affine_${l}`, affineNode(layer.affine)])
    nodes.push([`neuron_${l}`, firingNode(layer, dt)])
  })
  nodes.push(['readout', readoutNode(mlp.readout)])
  if (mlp.output !== null) nodes.push(['output_scale', diagonal(mlp.output.scale, mlp.output.shift)])
  const outputs = mlp.readout.bias.data.length
  const all: [string, NirNode | NirGraph][] = [
    ['input', ends('Input', width)],
    ...nodes,
    ['output', ends('Output', outputs)],
  ]
  return {
    type: 'NIRGraph',
    nodes: Object.fromEntries(all),
    edges: all.slice(1).map(([name], i) => [all[i]![0], name] as const),
    metadata: {
      [keys.dt]: scalar(dt),
      [keys.time]: scalar(mlp.time),
      ...(mlp.surrogate === null ? {} : { [keys.surrogate]: mlp.surrogate }),
    },
  }
}
