/**
 * Cases whose counts NeuroBench asserts in its own tests (github.com/NeuroBench/neurobench, tests/test_metrics.py at
 * 0398a34b): test_synaptic_ops, test_activation_sparsity, test_parameter_count and test_footprint.
 */
import { expect, it } from 'vitest'
import { key, matmul, mean, mul, normal, relu, sigmoid, square, tensor, trace, zeros } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { countProgram, countStep } from '@spikeward/energy'
import { spsa } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { sgd } from '@spikeward/optim'

/** Weights of layers of these widths: none of them is 0, and no sigmoid saturates to 0. */
const weightsOf = (widths: readonly number[]): Tensor[] =>
  widths.slice(1).map((n, l) => mul(0.1, normal(key(l), [widths[l]!, n])))

async function workOf(f: (x: Tensor, ...weights: Tensor[]) => Tensor, x: Tensor, weights: readonly Tensor[]) {
  const { program, captured } = trace((input: Tensor, ...ws: Tensor[]) => f(input, ...ws), x, ...weights)
  const { work } = await countProgram(program, [
    ...captured.map((t) => ({ tensor: t, origin: 'data' as const })),
    { tensor: x, origin: 'data' },
    ...weights.map((t) => ({ tensor: t, origin: 'weight' as const })),
  ])
  return work
}

/** Ten inputs of 5 and ten of 1: not binary, so that products are multiply–accumulates. */
const real = tensor([Array.from({ length: 20 }, (_, i) => (i < 10 ? 5 : 1))])

it('test_synaptic_ops: 20-25-25 with real inputs has 1125 effective MACs and no ACs', async () => {
  const { macs, acs } = await workOf((x, a, b) => relu(matmul(sigmoid(matmul(x, a)), b)), real, weightsOf([20, 25, 25]))
  expect({ macs, acs }).toEqual({ macs: 1125, acs: 0 })
})

it('test_synaptic_ops: 20-20-25-25-25 has 2 · 625 + 400 + 500 effective MACs', async () => {
  const net = (x: Tensor, ...weights: Tensor[]): Tensor => weights.reduce((h, w) => sigmoid(matmul(h, w)), x)
  const { macs, acs, dense } = await workOf(net, real, weightsOf([20, 20, 25, 25, 25]))
  expect({ macs, acs, dense }).toEqual({ macs: 2 * 625 + 400 + 500, acs: 0, dense: 2150 })
})

it('test_synaptic_ops: spikes from all 20 inputs to 5 neurons for 10 steps are 1000 effective ACs a sample', async () => {
  const samples = 5
  const spikes = tensor(new Float32Array(samples * 10 * 20).fill(1), { shape: [samples * 10, 20] })
  const { macs, acs } = await workOf((x, w) => matmul(x, w), spikes, weightsOf([20, 5]))
  expect({ macs, acs: acs / samples }).toEqual({ macs: 0, acs: 1000 })
})

it('test_activation_sparsity: a rectifier that half of its inputs pass halves the effective terms behind it', async () => {
  const half = tensor([Array.from({ length: 20 }, (_, i) => (i < 10 ? -2 : 2))])
  const { macs, dense } = await workOf((x, w) => matmul(relu(x), w), half, weightsOf([20, 5]))
  expect(1 - macs / dense).toBe(0.5)
})

it('test_parameter_count and test_footprint: a spiking 20-256-256-256-35 holds 145955 parameters', async () => {
  const network = spikingMlp({
    inputs: 20,
    outputs: 35,
    hidden: [256, 256, 256],
    time: 1,
    neuron: leakyIntegrateAndFire({ beta: 0.9 }),
    spike: spike(atan()),
  })
  const { trained, fixed } = network.init(key(0))
  const { footprint } = await countStep({
    lossAt: (f: typeof fixed, x: Tensor) => (p: typeof trained) =>
      mean(square(network.apply({ trained: p, fixed: f }, x))),
    estimator: spsa(),
    optimizer: sgd(1e-3),
    trained,
    fixed,
    data: zeros([1, 20]),
    key: key(1),
  })
  expect(footprint.parameters).toBe(4 * 145_955)
  // NeuroBench also counts the buffers of its four layers of snnTorch neurons, five numbers each: 583900 bytes.
  expect(footprint.parameters + 4 * 4 * 5).toBe(583_900)
})
