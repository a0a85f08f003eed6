import { jvp, tensor } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { atan, constantCurrent, leakyIntegrateAndFire, rateReadout, spike, unroll } from '@spikeward/neurons'

const model = leakyIntegrateAndFire({ beta: 0.9, reset: 'subtract' })
const fire = spike(atan({ alpha: 2 }))

function rate(x: Tensor): Tensor {
  const { current, duration } = constantCurrent(x, { steps: 16 })
  return rateReadout(unroll(model, {}, model.rest(x.shape), current, duration, fire).outputs)
}

const x = tensor([0.05, 0.2, 0.6])
const [value, slope] = jvp(rate, [x], [tensor([1, 1, 1])])
console.log(await value.data()) // [0.0000, 0.1250, 0.5000] spikes per step
console.log(await slope.data()) // [0.9863, 2.7636, 3.2676] derivatives with respect to the currents
