import { SpikewardError, add, mul, sub, tanh, uniform } from '@spikeward/core'
import type { Key, NeuronModel, Surrogate, Tensor } from '@spikeward/core'
import { spike } from '@spikeward/neurons'
import { affine } from '../shared/affine.js'
import { spikeRates } from '../spikingMlp/spikeRates.js'
import type { Affine } from '../shared/affine.js'
import type { Block, BlockPlace, BlockVariables } from './block.js'
import { glorot } from './glorot.js'

/** Spiking units in place of smooth ones. */
export type SpikingUnits = { readonly neuron: NeuronModel; readonly surrogate: Surrogate; readonly time: number }

/** A modified MLP: two encoders that gate every layer. */
export type ModifiedBlockOptions = {
  readonly kind: 'modified'
  /** Units of each hidden layer: all the same number. */
  readonly hidden: readonly number[]
  /** A smooth function, element by element (default `tanh`), or spiking units: their mean spike rate is the activation. */
  readonly activation?: ((x: Tensor) => Tensor) | SpikingUnits
}

/**
 * Modified MLP (Wang, Teng & Perdikaris, SIAM J. Sci. Comput. 2021): two encodings of the input are mixed by every layer,
 *
 *     U = σ(xW_u + b_u),  V = σ(xW_v + b_v),  h₁ = σ(xW₁ + b₁)
 *     z_l = σ(h_l W_l + b_l),  h_{l+1} = (1 − z_l) ⊙ U + z_l ⊙ V,   y = hW + b
 *
 * With spiking units σ(a) is the mean rate over T steps under the constant current a, with membranes that start at
 * fixed values U(0, 1): a gate in [0, 1] by itself. Rates are centred by nothing here; the first weights are U(±2)·√(2/inputs)
 * (at most U(±2)), the further ones N(0, 4/fan_in), as in {@link spikingMlp}. Smooth weights are Glorot normal.
 *
 * @throws INVALID_OPTION for layers of unequal width: the gates mix them with the encoders, unit by unit
 */
export function modifiedBlock(options: ModifiedBlockOptions, { inputs, outputs, dtype }: BlockPlace): Block {
  const { hidden, activation = tanh } = options
  const width = hidden[0]
  if (width === undefined || hidden.some((n) => n !== width)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `modified block: hidden = [${hidden.join(', ')}]; the encoders gate every layer; give at least one width, all the same`,
    )
  }
  const spiking = typeof activation === 'function' ? null : activation
  const fire = spiking === null ? null : spike(spiking.surrogate)
  const unitAt = (variables: BlockVariables, i: number, x: Tensor, layer: Affine): Tensor => {
    if (typeof activation === 'function') return activation(affine(x, layer))
    const { neuron, time } = activation
    const trained = { layers: [layer], readout: layer }
    const place = { inputs, outputs, hidden: [width], neuron, spike: fire!, time, dtype }
    return spikeRates(place, trained, [(variables.fixed.membranes as readonly Tensor[])[i]!], x)
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
    apply: (variables, x) => affine(block.features(variables, x), variables.trained.readout),
  }
  return block
}
