import { type Optimizer, declaredIn, tensor } from '@spikeward/core'
import { describeOptimizer } from '@spikeward/testkit'
import { expect, it } from 'vitest'
import * as optim from '../src/index.js'
import {
  accumulate,
  adaBelief,
  adam,
  addDecayedWeights,
  chain,
  clipByGlobalNorm,
  clipByValue,
  constant,
  cosineDecay,
  exponentialDecay,
  lbfgs,
  momentum,
  piecewise,
  raiseThresholds,
  scale,
  scaleByAdam,
  scaleByBelief,
  scaleByLbfgs,
  scaleByLearningRate,
  sgd,
  warmUp,
} from '../src/index.js'

describeOptimizer(() => sgd(0.1))
describeOptimizer(() => momentum(0.02), { name: 'heavy ball' })
describeOptimizer(() => momentum(0.02, { nesterov: true }), { name: 'Nesterov' })
describeOptimizer(() => adam(0.05), { name: 'adam' })
describeOptimizer(() => adaBelief(0.01), { name: 'adaBelief' })
describeOptimizer(() => lbfgs(1, { memory: 4 }), { name: 'lbfgs' })
describeOptimizer(() => chain(clipByGlobalNorm(1), scaleByAdam(), addDecayedWeights(1e-3), scaleByLearningRate(0.05)))

const schedules = {
  constant: constant(0.1),
  cosineDecay: cosineDecay({ initial: 0.1, steps: 200 }),
  exponentialDecay: exponentialDecay({ initial: 0.1, factor: 0.5, every: 100, staircase: true }),
  piecewise: piecewise(0.1, [[100, 0.01]]),
  warmUp: warmUp(10, cosineDecay({ initial: 0.1, steps: 190 })),
}
for (const [name, schedule] of Object.entries(schedules))
  describeOptimizer(() => sgd(schedule), { name: `sgd, ${name}` })

const links: Readonly<Record<string, Optimizer>> = {
  accumulate: accumulate(),
  scaleByAdam: scaleByAdam(),
  scaleByBelief: scaleByBelief(),
  scaleByLbfgs: scaleByLbfgs({ memory: 3 }),
  clipByGlobalNorm: clipByGlobalNorm(1),
  clipByValue: clipByValue(1),
  scaleByLearningRate: scaleByLearningRate(0.1),
  addDecayedWeights: addDecayedWeights(0.1),
  raiseThresholds: raiseThresholds(0.5, 3),
  scale: scale(2),
}
for (const link of Object.values(links)) describeOptimizer(() => link, { decrease: null })

const { chain: _, ...transforms } = declaredIn({ ...optim }, 'transform')
it.each(Object.entries(transforms))('%s declares the names of its state', (name, { declaration }) => {
  const names = Object.keys(links[name]!.init({ threshold: tensor(1) }))
  expect(declaration.facts['state']).toBe(names.join(', ') || 'none')
})
