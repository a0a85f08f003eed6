import { add, cast, clip, div, floor, matmul, tensor } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import type { ChipNetwork } from '../quantise/quantise.js'
import { shiftLeft } from '../integer/integer.js'
import { runCurrents } from './runChip.js'

/**
 * A network on a chip as a function of tensors: inputs [N, inputs] to the mean spike rates of the last layer, f32 [N,
 * n]. Traceable, so that it can replace a block of a larger network.
 *
 * The host's currents are computed in f32, but in f64 by `runChip`: if a current lies between two mantissas, the
 * results may differ by one.
 *
 * @param backend where the network's numbers are stored; default the reference backend
 * @example
 * const rates = chipRates(quantise(loihi2, mlp, calibration))
 * const code = add(matmul(rates(x), readout.weight), readout.bias)
 */
export function chipRates(network: ChipNetwork, backend?: Backend): (x: Tensor) => Tensor {
  const { chip, input, layers, time } = network
  const { scale, biasExp } = layers[0]!
  const factor = (input.gain * scale * 2 ** chip.stateShift) / 2 ** biasExp
  const most = 2 ** (chip.biasBits.mantissa - 1) - 1
  const on = (values: ArrayLike<number>, shape: readonly number[]): Tensor =>
    tensor(
      Float64Array.from(values, (v) => v * factor),
      {
        shape: [...shape],
        dtype: 'f32',
        ...(backend ? { backend } : {}),
      },
    )
  const { rows, columns, values } = input.weight
  const [weight, bias] = [on(values, [rows, columns]), on(input.bias, [columns])]
  return (x) => {
    const mantissas = clip(floor(add(add(matmul(cast(x, 'f32'), weight), bias), 0.5)), -most - 1, most)
    const counts = runCurrents(network, shiftLeft(cast(mantissas, 'i32'), biasExp), backend).at(-1)!
    return div(cast(counts, 'f32'), time)
  }
}
