import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { abs, add, jvp, scan, zeros, key, matmul, mul, normal, relu, sum, tensor, uniform } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { type SigmaDeltaState, atan, sigmaDelta, spike, straightThrough, unroll } from '../../src/index.js'
import { largestError } from '../golden.js'

const fire = spike(straightThrough(), { atThreshold: 1 })
/** Running sums along time. */
const cumsum = (x: Tensor): Tensor =>
  scan((sum: Tensor, y: Tensor): [Tensor, Tensor] => [add(sum, y), add(sum, y)], zeros(x.shape.slice(1), 'f64'), x)[1]

const run = (model: NeuronModel<Record<never, Tensor>, SigmaDeltaState>, x: Tensor): Tensor =>
  unroll(model, {}, model.rest(x.shape.slice(1), 'f64'), x, {}, fire).outputs

interface Fixture {
  readonly traces: readonly {
    readonly vth: number
    readonly bias: number[]
    readonly activation: 'relu' | 'unit'
    readonly input: number[][]
    readonly sent: number[][]
  }[]
}
const { traces } = JSON.parse(readFileSync(new URL('../fixtures/sigmadelta.json', import.meta.url), 'utf8')) as Fixture

describe('sigmaDelta', () => {
  it.each(traces)(
    "sends the messages of Lava's process, $activation",
    async ({ vth, bias, activation, input, sent }) => {
      const model = sigmaDelta({ threshold: vth, activation: activation === 'unit' ? 'identity' : 'relu' })
      // The bias is a message of the first step.
      const x = input.map((row, t) => row.map((value, i) => (t === 0 ? value + bias[i]! : value)))
      expect(largestError(await run(model, tensor(x, { dtype: 'f64' })).data(), sent.flat())).toBeLessThan(1e-12)
    },
  )

  // Two layers under an input that changes: receivers hold W times the sum of all messages.
  const w = normal(key(1), [5, 4], { dtype: 'f64' })
  const x = uniform(key(2), [60, 5], { min: -0.2, max: 0.2, dtype: 'f64' })
  const two = (threshold: number): Tensor => {
    const hidden = run(sigmaDelta({ threshold }), x)
    return cumsum(run(sigmaDelta({ threshold }), matmul(hidden, w)))
  }
  const dense = relu(matmul(relu(cumsum(x)), w))

  it('computes the dense network with a threshold of 0', async () => {
    expect(largestError(await two(0).data(), await dense.data())).toBeLessThan(1e-12)
  })

  it('stays within the thresholds of the dense network', async () => {
    const theta = 0.05
    const columns = Array.from(await sum(abs(w), 0).data(), Number)
    const norm = Math.max(...columns)
    const error = largestError(await two(theta).data(), await dense.data())
    expect(error).toBeGreaterThan(0)
    expect(error).toBeLessThan(theta * (1 + norm))
  })

  it('has the derivative of the dense network where it is straight through', async () => {
    const tangent = normal(key(3), [60, 5], { dtype: 'f64' })
    const model = sigmaDelta({ threshold: 0.1, straightThrough: true })
    const [, found] = jvp((y: Tensor) => cumsum(run(model, y)), [x], [tangent])
    const [, expected] = jvp((y: Tensor) => relu(cumsum(y)), [x], [tangent])
    expect(largestError(await found.data(), await expected.data())).toBeLessThan(1e-12)
  })

  it('moves a learned threshold by the slope of the decision to send', async () => {
    const model = sigmaDelta({ threshold: 0.3, learn: ['threshold'], activation: 'identity' })
    const smooth = spike(atan())
    const one = (threshold: Tensor): Tensor =>
      model.step({ threshold }, model.rest([1], 'f64'), tensor([0.5], { dtype: 'f64' }), smooth).output
    const [, slope] = jvp(one, [tensor([0.3], { dtype: 'f64' })], [tensor([1], { dtype: 'f64' })])
    // δ = 0.5 sends, and the spike of the other sign is at −0.5 − θ.
    const at = (u: number): Tensor => atan().slope(tensor([u], { dtype: 'f64' }))
    const expected = mul(-0.5, add(at(0.5 - 0.3), at(-0.5 - 0.3)))
    expect(largestError(await slope.data(), await expected.data())).toBeLessThan(1e-12)
  })
})
