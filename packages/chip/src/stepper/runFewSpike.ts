import { add, cast, notEqual, scan, shiftRight, sum, tensor, zeros } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import { saturate, wrap } from '../integer/integer.js'
import { fewSpikeStep, fewSpikeSum } from '../neuron/fewSpike.js'
import { convolutionActivation } from '../synapse/convolution.js'
import { riseOf } from './chipStepper.js'
import type { ChipRollout, ChipStepper } from './chipStepper.js'

/**
 * Steps of a time-stepper with few-spike units in the integers of a chip. The field enters the first convolution as
 * graded spikes of all cells; each hidden layer then sends the digits of its values in a cycle of K steps, to
 * receivers that double their sums in each step:
 *
 *     u ← saturate(u + (s + b) · multiplier · 2^(shift − decayBits))
 *
 * @param fields i32 [batch, …cells, 1]; see `fieldWords`
 */
export function runFewSpike(
  network: ChipStepper,
  cycle: number,
  fields: Tensor,
  steps: number,
  backend?: Backend,
): ChipRollout {
  const { chip, edges } = network
  const on = (data: Int32Array, shape: readonly number[]): Tensor =>
    tensor(data, { shape: [...shape], dtype: 'i32', ...(backend ? { backend } : {}) })
  const [first, ...hidden] = network.layers.map(({ kernel, inputs, outputs, weights, format, vth, bias, stateExp }) => {
    const kernelWords = on(weights, [...kernel, inputs, outputs])
    return {
      ...{ outputs, stateExp, vth: on(vth, [inputs]), bias: on(bias, [inputs]) },
      reads: (sent: Tensor): Tensor => convolutionActivation(chip, format, sent, kernelWords, edges),
    }
  })
  const outBias = on(network.outBias, [network.outBias.length])
  const cellAxes = fields.shape.slice(1).map((_, a) => a + 1)
  const place = fields.shape.slice(0, -1)
  const [, trace] = scan(
    (u: Tensor): [Tensor, ChipRollout] => {
      const graded = first!.stateExp === 0 ? u : shiftRight(u, first!.stateExp)
      const messages = [sum(cast(notEqual(graded, 0), 'i32'), cellAxes)]
      let sums = first!.reads(graded)
      for (const { outputs, vth, bias, reads } of hidden) {
        const value = wrap(add(sums, bias), chip.stateBits)
        const begin = { value, sums: zeros([...place, outputs], 'i32') }
        const [end, sent] = scan(
          (state: typeof begin): [typeof begin, Tensor] => {
            const next = fewSpikeStep(chip, state.value, vth)
            const arrived = fewSpikeSum(chip, state.sums, reads(next.sent))
            return [{ value: next.value, sums: arrived }, sum(next.sent, cellAxes)]
          },
          begin,
          null,
          { length: cycle },
        )
        messages.push(sum(sent, 0))
        sums = end.sums
      }
      const next = saturate(add(u, riseOf(network, sums, outBias)), chip.stateBits)
      return [next, { fields: next, messages }]
    },
    fields,
    null,
    { length: steps },
  )
  return trace
}
