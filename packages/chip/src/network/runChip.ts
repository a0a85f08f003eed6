import { add, broadcastTo, cast, greater, scan, sub, tensor, where, zeros } from '@spikeward/core'
import type { Backend, Tensor, Tree } from '@spikeward/core'
import type { ChipLayer, ChipNetwork } from '../quantise/quantise.js'
import { saturate, scaleDown, shiftLeft } from '../integer/integer.js'
import { constantCurrents } from '../quantise/floatMlp.js'
import { denseActivation } from '../synapse/dense.js'

/** The contents of a network, as tensors on a backend. */
type LayerTensors = { readonly weights: Tensor | null; readonly bias: Tensor; readonly initial: Tensor }

/** Membranes of every layer and the spikes that its neurons fired so far, i32 [batch, n]. */
type Carry = { readonly membranes: readonly Tensor[]; readonly counts: readonly Tensor[] }

/**
 * Constant currents of the first layer in the state's unit, i32 [batch, n], as mantissas shifted by the layer's
 * exponent.
 */
export function hostCurrents({ chip, input, layers }: ChipNetwork, inputs: readonly ArrayLike<number>[]): Int32Array {
  const { gain } = input
  const { scale, biasExp } = layers[0]!
  const factor = (gain * scale * 2 ** chip.stateShift) / 2 ** biasExp
  const most = 2 ** (chip.biasBits.mantissa - 1) - 1
  const mantissas = inputs.flatMap((x) =>
    [...constantCurrents(input, x)].map((current) => Math.round(current * factor)),
  )
  return Int32Array.from(mantissas, (m) => Math.min(most, Math.max(-most - 1, m)) * 2 ** biasExp)
}

/** One step of a layer's membranes: integrate, fire, reset. */
function fire(
  { chip }: ChipNetwork,
  layer: ChipLayer,
  membrane: Tensor,
  current: Tensor,
): { readonly membrane: Tensor; readonly spikes: Tensor } {
  const decayed = scaleDown(membrane, 2 ** chip.decayBits - layer.dv, chip.decayBits)
  const charged = saturate(add(decayed, current), chip.stateBits)
  const fires = greater(charged, layer.vth * 2 ** chip.stateShift)
  const after = layer.resetBy === null ? where(fires, 0, charged) : where(fires, sub(charged, layer.resetBy), charged)
  return { membrane: after, spikes: cast(fires, 'i32') }
}

/**
 * Spike counts of every layer after T steps, in the integers of the chip: the same on every backend.
 *
 * @param inputs of the network, one array each
 * @param backend where to compute; default the reference backend
 * @returns for each layer i32 [inputs, neurons]
 * @example
 * const counts = runChip(onChip, [[0.1, -0.3]])
 * const rates = div(cast(counts.at(-1)!, 'f32'), onChip.time) // for the readout on the host
 */
export function runChip(
  network: ChipNetwork,
  inputs: readonly ArrayLike<number>[],
  backend?: Backend,
): readonly Tensor[] {
  const shape = [inputs.length, network.layers[0]!.neurons]
  const drive = tensor(hostCurrents(network, inputs), { shape, dtype: 'i32', ...(backend ? { backend } : {}) })
  return runCurrents(network, drive, backend)
}

/**
 * Spike counts of every layer for constant currents of the first layer, i32 [batch, n] in the state's unit. Traceable.
 */
export function runCurrents(network: ChipNetwork, drive: Tensor, backend?: Backend): readonly Tensor[] {
  const { layers, chip, time } = network
  const batch = drive.shape[0]!
  const on = (data: Int32Array, shape: readonly number[]): Tensor =>
    tensor(data, { shape: [...shape], dtype: 'i32', ...(backend ? { backend } : {}) })
  const tensors = layers.map((layer): LayerTensors => {
    const { weights, neurons, inputs: fanIn, biasMant, biasExp, initialMembrane } = layer
    return {
      weights: weights === null ? null : on(weights, [fanIn, neurons]),
      bias: shiftLeft(on(biasMant, [neurons]), biasExp),
      initial: broadcastTo(on(initialMembrane, [neurons]), [batch, neurons]),
    }
  })
  const start: Carry = {
    membranes: tensors.map((t) => t.initial),
    counts: layers.map(({ neurons }) => zeros([batch, neurons], 'i32')),
  }
  const [end] = scan(
    ({ membranes, counts }: Carry): [Carry, Tree] => {
      let spikes: Tensor | null = null
      const next = layers.map((layer, l) => {
        const { weights, bias } = tensors[l]!
        const activation: Tensor | null =
          weights === null || spikes === null ? null : denseActivation(chip, layer.format, spikes, weights)
        const current = activation === null ? drive : add(shiftLeft(activation, chip.stateShift), bias)
        const fired = fire(network, layer, membranes[l]!, current)
        spikes = fired.spikes
        return fired
      })
      return [
        {
          membranes: next.map((n) => n.membrane),
          counts: counts.map((c, l) => add(c, next[l]!.spikes)),
        },
        [],
      ]
    },
    start,
    null,
    { length: time },
  )
  return end.counts
}
