import {
  affine,
  SpikewardError,
  add,
  choice,
  defineOptions,
  integers,
  isNeuronModel,
  isSurrogate,
  mul,
  opaque,
  readOptions,
  sub,
  tanh,
  uniform,
} from '@spikeward/core'
import type { Affine, Key, NeuronModel, OptionsOf, Surrogate, Tensor } from '@spikeward/core'
import { type SpikeOptions, spike } from '@spikeward/neurons'
import { spikeRates } from '../spikingMlp/spikeRates.js'
import { has, isFunction, layerRange } from '../shared/networkOptions.js'
import { type Block, type BlockPlace, type BlockVariables, glorot } from './block.js'
import type { Activation } from './smoothBlock.js'

/** Spiking units instead of smooth ones. */
export type SpikingUnits = SpikeOptions & {
  readonly neuron: NeuronModel
  readonly surrogate: Surrogate
  readonly time: number
}

/** Whether a value is spiking units. */
export const isSpikingUnits = (x: unknown): x is SpikingUnits =>
  has(x, 'neuron', 'surrogate', 'time') && isNeuronModel(x['neuron']) && isSurrogate(x['surrogate'])

const isActivation = (x: unknown): x is Activation | SpikingUnits => isFunction(x) || isSpikingUnits(x)

/** Options of a modified multilayer perceptron: two encoders gate every layer. */
export const modifiedBlockOptions = /* @__PURE__ */ defineOptions(() => ({
  kind: choice(['modified'], { required: true, help: 'modified: a multilayer perceptron with two gated encoders' }),
  /** Units of each hidden layer: all the same number. */
  hidden: integers({ ...layerRange, required: true, help: 'units of each hidden layer, all the same' }),
  /** An elementwise smooth function (default `tanh`), or spiking units, whose activation is their mean spike rate. */
  activation: opaque('an elementwise function of tensors, or { neuron, surrogate, time }', isActivation, {
    computed: 'tanh',
    help: 'activation σ, or spiking units',
  }),
}))

/** Options of a modified block. */
export type ModifiedBlockOptions = OptionsOf<typeof modifiedBlockOptions>

/**
 * Modified multilayer perceptron (Wang, Teng & Perdikaris, SIAM J. Sci. Comput. 2021). Every layer mixes two encodings
 * of the input:
 *
 *     U = σ(xW_u + b_u),  V = σ(xW_v + b_v),  h₁ = σ(xW₁ + b₁)
 *     z_l = σ(h_l W_l + b_l),  h_{l+1} = (1 − z_l) ⊙ U + z_l ⊙ V,   y = hW + b
 *
 * With spiking units, σ(a) is the mean rate over T steps under the constant current a, from fixed initial membranes
 * U(0, 1), so that σ is a gate in [0, 1]. Rates are not centred. Weights are U(±2)·√(2/fan_in), at most U(±2); biases
 * are U(±1) in layers that read the input and U(0, 0.3) in the others. Smooth weights are Glorot normal.
 *
 * @throws INVALID_OPTION if the layers differ in width, because the gates mix them with the encoders unit by unit;
 *   UNKNOWN_OPTION
 */
export function modifiedBlock(options: ModifiedBlockOptions, { inputs, outputs, dtype }: BlockPlace): Block {
  const { hidden, activation = tanh } = readOptions('modified block', modifiedBlockOptions, options)
  const width = hidden[0]
  if (width === undefined || hidden.some((n) => n !== width)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `modified block: hidden = [${hidden.join(', ')}]; the encoders gate every layer; give at least one layer, all of the same width`,
    )
  }
  const spiking = typeof activation === 'function' ? null : activation
  const fire = spiking === null ? null : spike(spiking.surrogate, { atThreshold: spiking.atThreshold ?? 0 })
  const unitAt = (variables: BlockVariables, i: number, x: Tensor, layer: Affine): Tensor => {
    if (typeof activation === 'function') return activation(affine(layer, x))
    const { neuron, time } = activation
    const units = { hidden: [width], neuron, spike: fire!, time, dtype }
    return spikeRates(units, { layers: [layer] }, [(variables.fixed.membranes as readonly Tensor[])[i]!], x)
  }
  const layerFor = (key: Key, fanIn: number): Affine => {
    if (spiking === null) return glorot(key, fanIn, width, dtype)
    const [w, b] = key.split(2) as [Key, Key]
    const range = 2 * Math.min(1, Math.sqrt(2 / fanIn))
    return {
      weight: uniform(w, [fanIn, width], { min: -range, max: range, dtype }),
      bias: uniform(b, [width], { min: fanIn === inputs ? -1 : 0, max: fanIn === inputs ? 1 : 0.3, dtype }),
    }
  }
  const block: Block = {
    inputs,
    outputs,
    coordinates: { spikes: spiking !== null, smoothness: spiking === null ? Infinity : spiking.surrogate.smoothness },
    init(key) {
      const [encoderKey, layerKey, readoutKey, membraneKey] = key.split(4) as [Key, Key, Key, Key]
      const membrane = (i: number): Tensor => uniform(membraneKey.fold(i), [width], { dtype })
      return {
        trained: {
          encoders: [0, 1].map((i) => layerFor(encoderKey.fold(i), inputs)),
          layers: hidden.map((_, l) => layerFor(layerKey.fold(l), l === 0 ? inputs : width)),
          readout: glorot(readoutKey, width, outputs, dtype),
        },
        fixed: spiking === null ? {} : { membranes: Array.from({ length: hidden.length + 2 }, (_, i) => membrane(i)) },
      }
    },
    features(variables, x) {
      const { encoders, layers } = variables.trained as BlockVariables['trained'] & { encoders: readonly Affine[] }
      const u = unitAt(variables, 0, x, encoders[0]!)
      const v = unitAt(variables, 1, x, encoders[1]!)
      const first = unitAt(variables, 2, x, layers[0]!)
      return layers.slice(1).reduce((h, layer, l) => {
        const z = unitAt(variables, l + 3, h, layer)
        return add(mul(sub(1, z), u), mul(z, v))
      }, first)
    },
    apply: (variables, x) => affine(variables.trained.readout, block.features(variables, x)),
  }
  return block
}
