/** Networks of PyTorch, snnTorch and SpikingJelly: state dicts in safetensors files. */
import { type Domain, SpikewardError, sizeOf } from '@spikeward/core'
import { type HostTensor, type Snapshot, decodeSafetensors } from '@spikeward/train'
import type { Experiment } from '../experiment.js'

/** An affine layer y = xW + b: weight [in, out] row-major, bias [out]. */
type Layer = {
  readonly name: string
  readonly inputs: number
  readonly outputs: number
  readonly weight: Float64Array
  readonly bias: Float64Array
}

/**
 * The affine layers of a state dict, from inputs to outputs, and its neurons as a text such as
 * `snnTorchLeaky(beta=0.9)`; null: it has none.
 */
export type StateDict = { readonly layers: readonly Layer[]; readonly neuron: string | null }

const resets = ['subtract', 'zero', 'none'] as const

/** Parameters and buffers of snnTorch's `Leaky`. Those of the second row are states, which every input begins anew. */
const leaky = ['beta', 'threshold', 'graded_spikes_factor', 'reset_mechanism_val']
const states = ['mem', 'spk', 'reset']

const unsuitable = (what: string, remedy: string): SpikewardError =>
  new SpikewardError('STATE_DICT_UNSUPPORTED', `the state dict ${what}; ${remedy}`)

/** Names in the order in which people count: `fc2` before `fc10`. */
const counted = new Intl.Collator('en', { numeric: true })

/** The prefix and the last part of `0.lif1.beta`. */
function split(name: string): readonly [string, string] {
  const dot = name.lastIndexOf('.')
  return [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)]
}

/**
 * Reads the state dict of a multilayer perceptron: `torch.nn.Linear` layers, in the order of their names, and
 * snnTorch's `Leaky` neurons between them, which all have the same numbers. Other libraries do not store their neurons.
 *
 * @param bytes of a safetensors file
 * @throws STATE_DICT_UNSUPPORTED for other modules, neurons that differ, or layers whose shapes do not follow each
 *   other; CHECKPOINT_TRUNCATED, CHECKPOINT_CORRUPT
 */
export function readStateDict(bytes: Uint8Array): StateDict {
  const modules = new Map<string, Map<string, HostTensor>>()
  for (const [name, tensor] of decodeSafetensors(bytes).tensors) {
    const [module, part] = split(name)
    modules.set(module, (modules.get(module) ?? new Map<string, HostTensor>()).set(part, tensor))
  }
  const ordered = [...modules].sort(([a], [b]) => counted.compare(a, b))
  const layers = ordered.filter(([, parts]) => parts.has('weight')).map(([name, parts]) => layerOf(name, parts))
  const neurons = ordered.filter(([, parts]) => !parts.has('weight')).map(([name, parts]) => neuronOf(name, parts))
  if (layers.length < 2)
    throw unsuitable(`has ${layers.length} affine layers`, 'at least two are needed, one of them the readout')
  const at = layers.findIndex(({ inputs }, l) => l > 0 && layers[l - 1]!.outputs !== inputs)
  if (at > 0) {
    const [before, after] = [layers[at - 1]!, layers[at]!]
    throw unsuitable(
      `has the layers ${before.name} of ${before.outputs} outputs and then ${after.name} of ${after.inputs} inputs`,
      'number the modules in their order when you write the file, such as "0.fc_in", "1.fc_out"',
    )
  }
  if (neurons.length > 0 && neurons.length !== layers.length - 1)
    throw unsuitable(
      `has ${neurons.length} modules of neurons and ${layers.length} affine layers`,
      'neurons follow each affine layer but the last, whose output is averaged over time',
    )
  const [neuron = null] = neurons
  const other = neurons.find((one) => one !== neuron)
  if (other !== undefined)
    throw unsuitable(`has both ${neuron} and ${other}`, 'give all layers the same neurons, or write the network as NIR')
  return { layers, neuron }
}

function layerOf(name: string, parts: ReadonlyMap<string, HostTensor>): Layer {
  const { shape, data } = parts.get('weight')!
  const [outputs = 0, inputs = 0] = shape
  const bias = parts.get('bias')
  const others = [...parts.keys()].filter((part) => part !== 'weight' && part !== 'bias')
  if (shape.length !== 2 || others.length > 0 || (bias !== undefined && bias.data.length !== outputs))
    throw unsuitable(
      `holds ${name} with ${[...parts].map(([part, t]) => `${part} [${t.shape.join(', ')}]`).join(', ')}, which is no torch.nn.Linear`,
      'only multilayer perceptrons are read; write other networks as NIR',
    )
  const weight = Float64Array.from({ length: inputs * outputs }, (_, i) =>
    Number(data[(i % outputs) * inputs + Math.floor(i / outputs)]),
  )
  return { name, inputs, outputs, weight, bias: Float64Array.from(bias?.data ?? new Float64Array(outputs), Number) }
}

function neuronOf(name: string, parts: ReadonlyMap<string, HostTensor>): string {
  const unknown = [...parts.keys()].find((part) => !leaky.includes(part) && !states.includes(part))
  const one = (part: string, usual: number): number => {
    const { data = [usual] } = parts.get(part) ?? {}
    if (data.every((value) => value === data[0])) return Number(data[0])
    throw unsuitable(
      `has a ${part} for each neuron of ${name}`,
      'give all of them the same, or write the network as NIR',
    )
  }
  const reset = resets[one('reset_mechanism_val', 0)]
  if (unknown !== undefined || !parts.has('beta') || reset === undefined || one('graded_spikes_factor', 1) !== 1)
    throw unsuitable(
      `holds ${name} with ${[...parts.keys()].join(', ')}, which is no snnTorch Leaky that spikes with 1`,
      'only its Leaky is read; leave other neurons out and name them with --neuron',
    )
  return `snnTorchLeaky(beta=${one('beta', 0)},threshold=${one('threshold', 1)},reset=${reset})`
}

/** @throws STATE_DICT_UNSUPPORTED unless a problem has as many inputs and outputs as a state dict */
export function checkStateDict(
  { layers }: StateDict,
  { problem: { name, outputs: n }, names }: Pick<Experiment, 'problem' | 'names'>,
): void {
  const [{ inputs } = { inputs: 0 }, { outputs } = { outputs: 0 }] = [layers[0], layers.at(-1)]
  const m = names.inputs.length
  if (inputs === m && outputs === n) return
  throw unsuitable(
    `has ${inputs} inputs and ${outputs} outputs, and ${name} has ${m} and ${n}`,
    'choose a problem of the same sizes',
  )
}

/**
 * The untrained state of a `spikingMlp` with the numbers of a state dict. Membranes start at rest, and outputs are
 * neither centred nor scaled. The network maps each input from its interval to [−1, 1] and the state dict does not, so
 * that the first layer takes the inverse map: with m the middles and h the half lengths of the intervals W ← hW, b ← b
 * + mW. On [−1, 1] the numbers stay exactly as they are.
 */
export function withStateDict(snapshot: Snapshot, { layers }: StateDict, domain: Domain): Snapshot {
  const tensors = new Map(snapshot.tensors)
  const put = (path: string, value: (i: number) => number): void => {
    const { shape, dtype } = tensors.get(path)!
    tensors.set(path, { shape, dtype, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => value(i)) })
  }
  for (const [l, { weight, bias, outputs }] of layers.entries()) {
    const to = l < layers.length - 1 ? `trained.layers.${l}` : 'trained.readout'
    const unit = l === 0 ? domain.map(([low, high]) => ({ middle: (low + high) / 2, half: (high - low) / 2 })) : null
    put(`${to}.weight`, (i) => weight[i]! * (unit?.[Math.floor(i / outputs)]!.half ?? 1))
    put(
      `${to}.bias`,
      (j) => unit?.reduce((sum, { middle }, i) => sum + middle * weight[i * outputs + j]!, bias[j]!) ?? bias[j]!,
    )
    if (l < layers.length - 1) put(`fixed.membranes.${l}`, () => 0)
  }
  put('fixed.centre', () => 0)
  put('fixed.output.shift', () => 0)
  put('fixed.output.scale', () => 1)
  return { ...snapshot, tensors }
}
