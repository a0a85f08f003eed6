import { mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bp } from '@spikeward/estimators'
import { adam } from '@spikeward/optim'
import { parabola } from '@spikeward/problems'
import { type TrainEvent, load, train } from '../../src/train/train.js'
import type { EstimatorName, ProblemName } from '../../src/train/trainSettings.js'

const tiny = { hidden: [6], time: 4, steps: 12, batch: 8, backend: 'reference' } as const
const small = {
  problem: 'poisson-1d',
  options: { train: 12, validation: 4, test: 4, sensors: 10 },
  branch: [6],
  trunk: [6],
  features: 4,
  time: 4,
  steps: 6,
  batch: 4,
  backend: 'reference',
} as const

const temporary = (): string => join(mkdtempSync(join(tmpdir(), 'spikeward-')), 'run')

test('trains by names alone, and predicts on a grid and at points', async () => {
  await using run = await train({ problem: 'mexican-hat', estimator: 'rfg(directions=2)', key: 3, ...tiny })
  expect(run.relativeL2).toBeGreaterThan(0)
  expect(run.baselines.untrained).toBeGreaterThan(0)
  expect(run.config).toMatchObject({ problem: 'mexican-hat', estimator: 'rfg(directions=2)', key: 3, steps: 12 })
  const grid = await run.predict({ at: { x1: [0, 1], x2: [0, 0.5, 1] } })
  expect(grid.shape).toEqual([2, 3])
  const { values } = await run.predict({ points: [[1, 0.5]] })
  expect(values[0]).toBeCloseTo(grid.values[4]!, 6)
  await expect(run.predict({ at: { x: [0] } })).rejects.toThrow('the axes are x1, x2')
  await expect(run.predict({ input: (x) => x, points: [[0, 0]] })).rejects.toThrow('has no input function')
})

test.each([
  [{ seed: 1 }, '"seed" (did you mean "key"?)'],
  [{ lr: 0.1 }, '"lr" (did you mean "learningRate"?)'],
  [{ epochs: 2 }, '"epochs" (did you mean "steps"?)'],
  [{ batchSize: 2 }, '"batchSize" (did you mean "batch"?)'],
  [{ beta: 0.9 }, '"beta" (give it in options: { beta })'],
  [{ directions: 2 }, '"directions" (give it in options: { directions })'],
  // A word of another tool that some network has as an option.
  [{ layers: 2 }, '"layers" (give it in options: { layers }, or did you mean "hidden"?)'],
  [
    { lr: 0.1, gain: 2, zzz: 1 },
    '"lr" (did you mean "learningRate"?), "gain" (give it in options: { gain }), "zzz"; it has ',
  ],
])('a setting of another tool is refused, with the right name: %j', async (setting, said) => {
  const settings: object = { problem: 'mexican-hat', ...tiny, ...setting }
  await expect(train(settings as { problem: 'mexican-hat' })).rejects.toMatchObject({
    code: 'CLI_USAGE',
    message: expect.stringContaining(said) as string,
  })
})

test('an operator takes a function, and predicts on the grid of the caller', async () => {
  await using run = await train(small)
  const { values, shape, axes } = await run.predict({ input: (x) => Math.sin(Math.PI * x), at: { x: [0, 0.25, 0.5] } })
  expect([shape, axes]).toEqual([[3], ['x']])
  expect(values.every(Number.isFinite)).toBe(true)
  const sensors = Array.from({ length: 10 }, () => 1)
  expect((await run.predict({ input: sensors })).values.length).toBeGreaterThan(3)
  await expect(run.predict({ at: { x: [0] } })).rejects.toThrow('give input')
  await expect(run.predict({ input: [1, 2] })).rejects.toThrow('10 sensors')
})

test('a saved run is one of the command, and loads with the same values', async () => {
  const folder = temporary()
  await using run = await train(small)
  await run.save(folder)
  expect(readdirSync(folder)).toEqual(
    expect.arrayContaining(['config.json', 'metrics.jsonl', 'checkpoint.safetensors', 'summary.json']),
  )
  expect(JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8'))).toMatchObject(run.result)
  await using again = await load(folder)
  expect([again.relativeL2, again.baselines]).toEqual([run.relativeL2, run.baselines])
  const asked = { input: (x: number) => x, at: { x: [0.1, 0.7] } }
  expect((await again.predict(asked)).values).toEqual((await run.predict(asked)).values)
  await expect(run.save(folder)).rejects.toMatchObject({ code: 'CLI_FOLDER_IN_USE' })
})

test('parts of a program take the place of names, and no folder holds them', async () => {
  await using run = await train({ problem: parabola(), estimator: bp(), optimizer: adam(0.01), ...tiny })
  expect(run.result).toMatchObject({ problem: 'parabola', estimator: 'bp', steps: 12 })
  await expect(run.save(temporary())).rejects.toMatchObject({ code: 'RUN_NOT_NAMED' })
})

test('steps yields the events in order', async () => {
  const types: TrainEvent['type'][] = []
  for await (const event of train.steps({ problem: 'parabola', ...tiny })) {
    types.push(event.type)
    if (event.type === 'begin') expect(event.counts.train).toBeGreaterThan(0)
  }
  expect([types[0], types[1], types.at(-1)]).toEqual(['begin', 'start', 'trained'])
  expect(new Set(types)).toEqual(new Set(['begin', 'start', 'metrics', 'validation', 'checkpoint', 'trained']))
})

test('a signal ends a run with its reason, before and while it trains', async () => {
  const reason = new Error('enough')
  await expect(train({ problem: 'parabola', ...tiny, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const abort = new AbortController()
  const watch = async (): Promise<void> => {
    for await (const event of train.steps({ problem: 'parabola', ...tiny, steps: 5000, signal: abort.signal })) {
      if (event.type === 'metrics') abort.abort(reason)
    }
  }
  await expect(watch()).rejects.toBe(reason)
})

test('the types carry the names of problems and estimators', () => {
  const problems = ['mexican-hat', 'poisson-1d', 'burgers'] satisfies readonly ProblemName[]
  const estimators = ['rfg', 'eligibility', 'activity', 'bp'] satisfies readonly EstimatorName[]
  expect([problems.length, estimators.length]).toEqual([3, 4])
  // @ts-expect-error no such problem
  expect('mexican-cat' satisfies ProblemName).toBeDefined()
  // @ts-expect-error a combinator needs an estimator
  expect('average' satisfies EstimatorName).toBeDefined()
})

const line = Array.from({ length: 40 }, (_, i) => i / 40)

test('learns a table and pairs of functions that the program holds', async () => {
  const table = { inputs: line.map((x) => [x, 1 - x]), outputs: line.map((x) => x * x) }
  await using points = await train({ data: table, ...tiny, key: 1 })
  expect(points.config).toMatchObject({ problem: 'table', data: null })
  expect(points.experiment.counts).toEqual({ train: 28, validation: 4, test: 8 })
  expect(points.baselines.linear).toBeGreaterThan(0)
  expect((await points.predict({ points: [[0.5, 0.5]] })).values).toHaveLength(1)
  // Neither the error nor the loss depends on the unit of the output.
  const tableInSmall = { ...table, outputs: table.outputs.map((y) => 1e-6 * y) }
  await using inSmall = await train({ data: tableInSmall, ...tiny, key: 1 })
  expect(inSmall.relativeL2 / points.relativeL2).toBeCloseTo(1, 3)
  // A table that holds no row back is measured at the rows that it learns from.
  await using all = await train({ data: { ...table, split: { validation: 0, test: 0 } }, ...tiny, key: 1 })
  expect(all.experiment.counts).toEqual({ train: 40, validation: 40, test: 40 })

  const functions = line.map((a) => [1, 2, 3, 4].map((x) => Math.sin(a + x)))
  const solutions = functions.map((f) => [...f, ...f.map((v) => 2 * v)])
  const { problem: _, options: _o, ...sizes } = small
  const grid = { x: [0, 1, 2, 3], t: [0, 1] }
  await using run = await train({ data: { inputs: functions, outputs: solutions, at: grid }, ...sizes, trial: false })
  expect(run.config.problem).toBe('own')
  expect((await run.predict({ input: [1, 1, 1, 1], at: { x: [0.5], t: [0.5] } })).axes).toEqual(['x', 't'])
  expect(run.baselines.kernel).toBeGreaterThan(0)
  await expect(run.save(temporary())).rejects.toMatchObject({ code: 'RUN_NOT_NAMED' })
})

test.each([
  [{ inputs: [[1], [2, 3]], outputs: [1, 2] }, /data\.inputs: expected rows of 1 numbers; found 2 in row 2/],
  [{ inputs: [], outputs: [] }, /data\.inputs: .*found none/],
  [{ inputs: [[1, 2]], outputs: [[1, 2, 3]], at: { x: [0, 1] } }, /data\.outputs: .*grid 2; found 3 in row 1/],
])('data whose rows do not fit are refused with the row', async (data, message) => {
  await expect(train({ data })).rejects.toThrow(message)
})

test('learns the classes of labelled sequences, and refuses a sequence without its label', async () => {
  const sequences = Array.from({ length: 30 }, (_, run) => ({
    inputs: Array.from({ length: 16 }, (__, t) => Math.sin((run % 2 === 0 ? 0.4 : 1.3) * t + run)),
    label: run % 2 === 0 ? 'low' : 'high',
  }))
  const sizes = { delays: 2, hidden: [12], batch: 16, steps: 60, learningRate: 0.02 }
  await using run = await train({ data: { sequences }, ...sizes, baselines: 'none', backend: 'cpu' })
  expect(run.result.accuracy).toBeGreaterThan(0.7)
  expect(run.experiment.names.outputs).toEqual(['high', 'low'])
  const { x } = run.experiment.problem.kind === 'regression' ? run.experiment.problem.points('test') : { x: [] }
  const { values } = await run.predict({ points: [[...x.slice(0, 30)]] })
  expect(values[0]! + values[1]!).toBeCloseTo(1, 5)
  const [first, ...others] = sequences
  const unlabelled = { inputs: first!.inputs, outputs: first!.inputs }
  await expect(train({ data: { sequences: [unlabelled, ...others] as never } })).rejects.toThrow(/29 of 30 .*label/)
})

test('learns to forecast sequences by traces, and measures it beside what else is known', async () => {
  const wave = Array.from({ length: 600 }, (_, t) => Math.sin(0.2 * t) + 0.5 * Math.sin(0.531 * t))
  const data = { sequences: [{ inputs: wave, outputs: wave }] }
  const sizes = {
    horizon: 3,
    delays: 3,
    window: 16,
    warmUp: 16,
    hidden: [16],
    batch: 8,
    learningRate: 1e-2,
    steps: 200,
  }
  const shared = { data, ...sizes, backend: 'cpu', threads: 1, patience: 0 } as const
  await using byTraces = await train(shared)
  expect(byTraces.result.estimator).toBe('realTimeRecurrent')
  const { persistence, linear, echoState } = byTraces.result.baselines
  expect(byTraces.relativeL2).toBeLessThan(0.8 * persistence!)
  // Two sines are a linear recurrence of order 4: more delay coordinates than the three of a step, which validation
  // finds.
  expect(linear).toBeLessThan(1e-6)
  expect(echoState).toBeLessThan(0.01)
  for (const network of ['gru', 'lstm']) {
    await using gated = await train({ ...shared, network, estimator: 'bp', baselines: 'none' })
    expect([network, gated.relativeL2 < 0.5 * persistence!]).toEqual([network, true])
  }
})
