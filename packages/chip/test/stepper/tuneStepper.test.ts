/** Fine-tuning of a time-stepper on a chip whose weights and thresholds differ from the words that it holds. */
import { tensor } from '@spikeward/core'
import { cpu } from '@spikeward/backend-cpu'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fieldWords, loihi2, quantiseStepper, runStepper, tuneStepper, withStepperMismatch } from '../../src/index.js'
import { smallStepper } from './fixture.js'
import { stream } from '../training/fixture.js'

const { stepper, fields } = smallStepper([16], [5], 'circular')
const network = quantiseStepper(loihi2, stepper, fields)
const [count, steps] = [3, 8]
const uniformFrom = (): (() => number) => {
  const next = stream()
  return () => (next() + 1) / 2
}
// A draw that does much harm.
const drawn = uniformFrom()
for (let i = 0; i < 1000; i++) drawn()
const onChip = withStepperMismatch(network, { spread: 0.2, uniform: drawn })

let backend: Awaited<ReturnType<typeof cpu>>
let truth = new Float64Array(0)
beforeAll(async () => {
  backend = await cpu({ threads: 1 })
  const start = tensor(fieldWords(network, fields), { shape: [count, 16, 1], dtype: 'i32', backend })
  const rollout = Array.from(await runStepper(network, start, steps, backend).fields.data(), Number)
  truth = Float64Array.of(...fields, ...rollout.map((v) => v / network.fieldScale))
})
afterAll(() => backend[Symbol.asyncDispose]())

const tuned = (more: { readonly randomSigns?: boolean } = {}) =>
  tuneStepper(network, {
    ...{ onChip, fields: truth, count, steps: 400, batch: 3, uniform: uniformFrom(), backend },
    ...more,
  })

test('a spread of 0.2 changes weights and thresholds, and none changes nothing', () => {
  const same = withStepperMismatch(network, { spread: 0, uniform: uniformFrom() })(network)
  expect(same).toEqual(network)
  const other = onChip(network)
  expect(other.layers[0]!.weights).not.toEqual(network.layers[0]!.weights)
  expect(other.layers[1]!.vth).not.toEqual(network.layers[1]!.vth)
  expect(() => withStepperMismatch(network, { spread: 2, uniform: uniformFrom() })).toThrow('between 0 and 1')
})

test('perturbations bring the error down, random signs do not, and both repeat themselves', async () => {
  const [learned, random] = [await tuned(), await tuned({ randomSigns: true })]
  expect(random.before).toBe(learned.before)
  expect(learned.after).toBeLessThan(0.6 * learned.before)
  expect(random.after).toBeGreaterThan(0.7 * random.before)
  for (const { gains } of learned.stepper.layers) expect(gains).toBeInstanceOf(Int32Array)
  expect((await tuned()).stepper).toEqual(learned.stepper)
})

test('few-spike units are refused', async () => {
  const few = quantiseStepper(loihi2, { ...stepper, cycle: 8 }, fields)
  const options = { onChip, fields: truth, count, steps: 1, batch: 1, uniform: uniformFrom(), backend }
  await expect(tuneStepper(few, options)).rejects.toThrow('no thresholds to tune')
})
