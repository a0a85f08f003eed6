/** `learn` by names and settings, as programs and pages call it. */
import { learnStream } from '@spikeward/experiment'
import { expect, it } from 'vitest'

const samples = Array.from({ length: 300 }, (_, t) => ({ x: [Math.sin(0.7 * t)], y: [Math.sin(0.7 * (t + 1))] }))
const errors = async (...of: Parameters<typeof learnStream>): Promise<number[]> => {
  const all: number[] = []
  for await (const { error } of learnStream(...of)) all.push(error)
  return all
}

it('learns with the settings of the command, and lists of samples give the same bits', async () => {
  const settings = { inputs: 1, outputs: 1, hidden: [16], learningRate: 0.05 }
  const one = await errors(samples, settings)
  const mean = (part: readonly number[]): number => part.reduce((sum, e) => sum + e, 0) / part.length
  expect(mean(one.slice(250))).toBeLessThan(0.3 * mean(one.slice(0, 50)))
  expect(await errors([samples.slice(0, 200), samples.slice(200)], settings)).toEqual(one)
  expect(await errors(samples, { ...settings, horizon: 6 })).toHaveLength(294)
})

it('refuses settings and samples that do not fit', async () => {
  const sizes = { inputs: 1, outputs: 1 }
  await expect(errors(samples, { ...sizes, neuron: 'liff' })).rejects.toMatchObject({ code: 'CLI_UNKNOWN_NAME' })
  await expect(errors(samples, { ...sizes, horizon: -1 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  await expect(errors(samples, { ...sizes, inputs: 2 })).rejects.toMatchObject({ code: 'STREAM_SAMPLE' })
})
