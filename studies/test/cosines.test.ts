import { expect, it } from 'vitest'
import { referenceBackend } from '@spikeward/core'
import { bp, eligibility, rfg } from '@spikeward/estimators'
import { cosinesAlong } from '../src/cosines.js'
import { assemble } from '../src/tools.js'

it('one hidden layer: traces point along the gradient, one random direction hardly', async () => {
  const backend = referenceBackend()
  const study = { backend }
  const { parts } = await assemble(study, 'mexican-hat', { hidden: [6], batch: 8, time: 4, backend: 'reference' })
  const training = { steps: 3, window: 2, rate: 1e-2 }
  const of = (e: Parameters<typeof cosinesAlong>[0]) => cosinesAlong(e, parts.experiment.task, training, 1, backend)
  expect((await of(eligibility())).cosine).toBeCloseTo(1, 4)
  expect(await of(bp())).toMatchObject({ passes: 3, parameters: 25 })
  expect((await of(rfg())).cosine).toBeLessThan(0.9)
})
