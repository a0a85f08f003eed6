import { add, broadcastTo, cast, greater, matmul, mul, reshape, scan, sub, sum, where, zeros } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { saturate, scaleDown, shift, shiftLeft } from '../integer/integer.js'
import type { DeviceLayer, DeviceNetwork, DeviceNeurons, DeviceParams } from './deviceNetwork.js'

/** Above this magnitude f32 skips whole numbers. */
const EXACT = 2 ** 24

/** Σ x w in integers, computed as a product of floats if every sum is exact. */
function product({ chip }: DeviceNetwork, { fanIn, payload }: DeviceLayer, x: Tensor, weight: Tensor): Tensor {
  if (fanIn * payload * 2 ** chip.weightBits < EXACT) return cast(matmul(cast(x, 'f32'), cast(weight, 'f32')), 'i32')
  return sum(mul(reshape(x, [...x.shape, 1]), weight), -2)
}

/**
 * Spike counts of every layer, i32 [N, n], in the chip's words. Traceable, layer by layer, each through all steps.
 *
 * @param x payloads of the inputs, i32 [N, inputs]; the same at every step
 * @param currents added to the current of every step, in the unit of the states, i32 [N, n]; null adds nothing
 */
export function runDevice(
  network: DeviceNetwork,
  neurons: readonly DeviceNeurons[],
  params: DeviceParams,
  x: Tensor,
  currents: readonly (Tensor | null)[] = [],
): readonly Tensor[] {
  const { chip, time, layers } = network
  const samples = x.shape[0]!
  const counts: Tensor[] = []
  let spikes: Tensor | null = null
  layers.forEach((layer, l) => {
    const { threshold, resetBy, decay, initial, working } = neurons[l]!
    const { weight, bias } = params[l]!
    const words = mul(weight, working)
    const shape = [samples, layer.units]
    const noise = currents[l] ?? null
    const constant = noise === null ? shiftLeft(bias, layer.biasExp) : add(shiftLeft(bias, layer.biasExp), noise)
    const driven = (input: Tensor): Tensor => add(shift(product(network, layer, input, words), layer.shift), constant)
    const step = (u: Tensor, current: Tensor): { readonly next: Tensor; readonly fired: Tensor } => {
      const charged = saturate(add(scaleDown(u, decay, chip.decayBits), current), chip.stateBits)
      const fires = greater(charged, threshold)
      return {
        next: where(fires, layer.resets === 'zero' ? 0 : sub(charged, resetBy), charged),
        fired: cast(fires, 'i32'),
      }
    }
    const start = { u: broadcastTo(initial, shape), count: zeros(shape, 'i32') }
    type State = typeof start
    const advance = ({ u, count }: State, current: Tensor): [State, Tensor] => {
      const { next, fired } = step(u, current)
      return [{ u: next, count: add(count, fired) }, fired]
    }
    const isFirst: boolean = spikes === null
    const drive = spikes === null ? driven(x) : driven(spikes)
    const [end, fired] = isFirst
      ? scan((state: State, _: null) => advance(state, drive), start, null, { length: time })
      : scan(advance, start, drive)
    counts.push(end.count)
    spikes = fired
  })
  return counts
}
