import { key, referenceBackend, tensor } from '@spikeward/core'
import { inspectNetwork } from '@spikeward/experiment'
import { learnerOf, makePoint, pointParts } from '@spikeward/experiment/points'
import { fit } from '@spikeward/train'
import { expect, test } from 'vitest'
import { reachedFrom } from './support/reachedFrom.js'

const sizes = { hidden: [6, 5], time: 5, batch: 16, neuron: 'lif(beta=0.9)', surrogate: 'atan(alpha=4)' }
const how = { estimator: 'rfg(directions=2)', optimizer: 'adam', learningRate: 0.01, schedule: 'cosine', steps: 3 }

test('a run is made of the names that the command takes', async () => {
  const { task } = pointParts('mexican-hat(train=8,validation=4,test=5)', sizes)
  const losses: number[] = []
  for await (const event of fit({ task, ...learnerOf(how), key: 0, steps: how.steps, every: 1 }))
    if (event.type === 'metrics') losses.push(event.loss)
  expect(losses).toHaveLength(how.steps)
  expect(new Set(losses).size).toBe(how.steps)
})

test('an unknown name or option is refused with those that are known', () => {
  expect(() => makePoint('estimator', 'rgf')).toThrow(/did you mean "rfg".*CLI_UNKNOWN_NAME/)
  expect(() => makePoint('surrogate', 'atan(alfa=4)')).toThrow(/did you mean "alpha"/)
  expect(() => makePoint('estimator', 'average(rfg)')).toThrow(/CLI_USAGE/)
})

test.each(['lif', 'synaptic', 'adaptive', 'izhikevich'])(
  'the recorded activity is that of the network: %s',
  async (neuron) => {
    const { network } = pointParts('mexican-hat', { ...sizes, neuron })
    const variables = network.init(key(1))
    const look = inspectNetwork(network, referenceBackend())
    const { layers, output } = await look.at(variables, [0.3, -0.6])
    look.dispose()
    expect(layers.map(({ time, samples, neurons }) => [time, samples, neurons])).toEqual([
      [5, 1, 6],
      [5, 1, 5],
    ])
    const x = tensor([[0.3, -0.6]])
    expect(output[0]).toBeCloseTo(await network.apply(variables, x).item(), 6)
    const rates = await network.features(variables, x).data()
    rates.forEach((rate, i) => {
      const fired = [0, 1, 2, 3, 4].reduce((sum, t) => sum + layers[1]!.spikes[t * 5 + i]!, 0)
      expect(fired / 5).toBeCloseTo(Number(rate), 6)
    })
  },
)

test('a page that trains at once loads the notation and no other part of the package', async () => {
  const { inputs, errors } = await reachedFrom('points.ts')
  expect(errors).toBe('')
  const own = inputs.flatMap((path) => /packages\/experiment\/src\/(.*)\.ts$/.exec(path)?.[1] ?? [])
  const needed = [
    'points',
    'assembly/unitsOfLoss',
    'catalogue/kinds/networkSizes',
    'catalogue/notation/expression',
    'catalogue/optionValues',
  ]
  expect(own.sort()).toEqual([...needed, 'usage/usageError'].sort())
})

test('a page loads the main entry: no module of Node is reached', async () => {
  const { inputs, errors } = await reachedFrom('index.ts')
  expect(errors).toBe('')
  expect(inputs.some((path) => path.endsWith('experiment/src/host/page.ts'))).toBe(true)
  expect(inputs.filter((path) => /experiment\/src\/node(\/|\.ts)|backend-native|\/src\/node/.test(path))).toEqual([])
})

test('the entry of Node is not for pages', async () => {
  const { errors } = await reachedFrom('node.ts')
  expect(errors).toContain('Could not resolve "node:')
})
