/** Training on functions that are read step by step. */
import { expect, test } from 'vitest'
import { type OperatorData, type OperatorProblem, SpikewardError, referenceBackend } from '@spikeward/core'
import { rfg } from '@spikeward/estimators'
import { deepOnet } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { poisson1d } from '@spikeward/problems'
import { type Snapshot, fit, operatorTask } from '../../src/index.js'

const whole = poisson1d({ sensors: 9, train: 12, validation: 3, test: 3, cells: 40 })
const smooth = { kind: 'smooth', hidden: [6] } as const
const network = deepOnet({ sensors: 9, axes: 1, features: 4, branch: smooth, trunk: smooth })

/** The same problem, of which `held` functions are in memory; counts what is read. */
async function streamed(held: number): Promise<{ problem: OperatorProblem; read: number[][] }> {
  const { sensors, values } = await whole.data('train')
  const pick = (from: Float64Array, rows: readonly number[]): Float64Array => {
    const width = from.length / 12
    return Float64Array.from(rows.flatMap((r) => [...from.subarray(r * width, (r + 1) * width)]))
  }
  const at = (rows: readonly number[]): OperatorData => ({
    count: rows.length,
    sensors: pick(sensors, rows),
    values: pick(values, rows),
  })
  const read: number[][] = []
  const problem: OperatorProblem = {
    ...whole,
    data: async (split) => (split === 'train' ? at([...Array(held).keys()]) : whole.data(split)),
    async rows(numbers) {
      read.push([...numbers])
      return at(numbers)
    },
  }
  return { problem, read }
}

async function train(problem: OperatorProblem, steps: number, resume?: Snapshot): Promise<Snapshot> {
  await using backend = referenceBackend()
  const task = await operatorTask({ network, problem, functions: 4, points: 5 })
  const more = resume === undefined ? {} : { resume }
  const settings = { task, estimator: rfg({ directions: 2 }), optimizer: adam(0.01), backend, key: 7, steps, ...more }
  for await (const event of fit({ ...settings, validateEvery: 2 })) {
    if (event.type !== 'end') continue
    expect(event.reason).toBe('steps')
    return event.snapshot
  }
  throw new Error('a run without an end')
}

const numbersOf = ({ tensors }: Snapshot): unknown => [...tensors].map(([path, { data }]) => [path, [...data]])

test('gives the bits of the run in memory, however few functions are held, and after a resume', async () => {
  const expected = numbersOf(await train(whole, 5))
  const { problem, read } = await streamed(3)
  expect(numbersOf(await train(problem, 5))).toEqual(expected)
  expect(read).toHaveLength(5)
  expect(read.every((rows) => rows.length === 4)).toBe(true)
  // As many as a step takes are not mistaken for those of a step.
  const again = await streamed(4)
  expect(numbersOf(await train(again.problem, 5, await train(again.problem, 2)))).toEqual(expected)
})

test('reads the functions of one step ahead and no more', async () => {
  const { problem, read } = await streamed(3)
  await using backend = referenceBackend()
  const task = await operatorTask({ network, problem, functions: 4 })
  const run = { task, estimator: rfg(), optimizer: adam(0.01), backend, key: 0, steps: 9, every: 1 }
  const seen: number[] = []
  for await (const event of fit(run)) {
    if (event.type === 'metrics') seen.push(read.length)
    if (event.type === 'metrics' && event.step === 4) break
  }
  expect(seen).toEqual([2, 3, 4, 5])
})

test('a failure to read ends the run, and frees what a run in memory frees', async () => {
  const { problem } = await streamed(3)
  const gone = new SpikewardError('DATA_CORRUPT', 'gone')
  let calls = 0
  const rows = async (numbers: readonly number[]): Promise<OperatorData> => {
    if (++calls > 2) throw gone
    return problem.rows!(numbers)
  }
  const buffersAfter = async (of: OperatorProblem): Promise<number> => {
    await using backend = referenceBackend()
    const task = await operatorTask({ network, problem: of, functions: 4 })
    const run = fit({ task, estimator: rfg(), optimizer: adam(0.01), backend, key: 0, steps: 9, every: 1 })
    const until = async (): Promise<void> => {
      for await (const event of run) if (event.type === 'metrics' && event.step === 2 && of === whole) break
    }
    if (of === whole) await until()
    else await expect(until()).rejects.toBe(gone)
    return backend.stats().liveBuffers
  }
  expect(await buffersAfter({ ...problem, rows })).toBe(await buffersAfter(whole))
})

test('needs the number of functions in a step', async () => {
  const { problem } = await streamed(3)
  await expect(operatorTask({ network, problem })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})
