/** Independent parts of work over ranks. */
import { expect, test } from 'vitest'
import { key } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { generatedProblem, parabola, poisson1d } from '@spikeward/problems'
import { evaluator } from '@spikeward/train'
import { overRanks, single, threadGroup, threads } from '../src/index.js'

const onRanks = <R>(size: number, run: (share: ReturnType<typeof overRanks>['share'], rank: number) => Promise<R>) => {
  const group = threadGroup(size)
  return Promise.all(Array.from({ length: size }, (_, r) => run(overRanks(threads(group, r)).share, r)))
}

test.each([
  [7, 3],
  [2, 4],
  [0, 2],
  [5, 1],
])('%d parts on %d ranks run once each, and every rank gets every result', async (count, size) => {
  const ran: number[] = []
  const part = async (i: number): Promise<Float64Array> => {
    ran.push(i)
    return Float64Array.of(i, i / 3)
  }
  const all = await onRanks(size, (share) => share(count, part))
  expect(ran.sort((a, b) => a - b)).toEqual([...Array(count).keys()])
  for (const found of all) expect(found.map((x) => [...x])).toEqual([...Array(count).keys()].map((i) => [i, i / 3]))
})

test('a part that fails rejects the call on every rank', async () => {
  const gone = new Error('gone')
  const part = (i: number) => (i === 4 ? Promise.reject(gone) : Promise.resolve(Float64Array.of(i)))
  const ends = await onRanks(3, (share) => share(6, part).catch((error: unknown) => error))
  expect(ends[2]).toBe(gone)
  for (const rank of [0, 1]) expect(ends[rank]).toMatchObject({ code: 'RANK_FAILED' })
  await expect(overRanks(single()).share(6, part)).rejects.toBe(gone)
})

test('functions are solved for once over the ranks, and every rank has those of one rank', async () => {
  const solved: number[] = []
  const problem = () => {
    const { generator: _, ...whole } = poisson1d({ sensors: 5, train: 7, validation: 1, test: 1, cells: 20 })
    return generatedProblem({
      ...{ ...whole, key: 3, signature: 'a test' },
      sample: async (_key, n) => Array.from({ length: n }, (_, i) => (x: Float64Array) => x.map((v) => v * (i + 1))),
      solve(f, at) {
        const values = f(at.kind === 'grid' ? at.axes[0]! : at.x)
        solved.push(values.at(-1)!)
        return values
      },
    })
  }
  const expected = await problem().data('train')
  solved.length = 0
  for (const data of await onRanks(3, (share) => problem().data('train', { share }))) expect(data).toEqual(expected)
  expect(solved.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('a validation over ranks has the bits of one rank, and its batches are shared out', async () => {
  const neuron = leakyIntegrateAndFire({ beta: 0.9 })
  const network = spikingMlp({ inputs: 1, outputs: 1, hidden: [6], time: 3, neuron, spike: spike(atan()) })
  const problem = parabola({ train: 4, validation: 11, test: 4 })
  const variables = network.init(key(1))
  const measured = async (share: ReturnType<typeof overRanks>['share']) => {
    let batches = 0
    const one = evaluator(network, problem.points('validation'), { batch: 3 })
    const { prediction, relativeL2 } = await one.evaluate(variables, (count, part) =>
      share(count, (i) => {
        batches++
        return part(i)
      }),
    )
    one.dispose()
    return { batches, prediction: [...prediction], relativeL2 }
  }
  const { batches, ...expected } = await measured(overRanks(single()).share)
  expect(batches).toBe(4)
  const found = await onRanks(3, measured)
  for (const { batches: _, ...rest } of found) expect(rest).toEqual(expected)
  expect(found.map((f) => f.batches)).toEqual([1, 1, 2])
})
