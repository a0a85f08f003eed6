import { expect, test } from 'vitest'
import { parabola } from '@spikeward/problems'
import { load, train } from 'spikeward'

const tiny = { hidden: [6], time: 4, steps: 12, batch: 8 } as const

test('a page trains in a Worker on its fastest backend, and stays responsive', async () => {
  let ticks = 0
  const timer = setInterval(() => ticks++, 4)
  const notes: string[] = []
  await using run = await train({
    problem: 'mexican-hat',
    estimator: 'rfg',
    key: 1,
    ...tiny,
    onNote: (line) => notes.push(line),
  })
  clearInterval(timer)
  expect(notes.join()).not.toContain('own thread')
  expect(ticks).toBeGreaterThan(3)
  expect(Number.isFinite(run.relativeL2)).toBe(true)
  expect(['cpu', 'webgpu']).toContain(run.config.backend)
  const { values } = await run.predict({ points: [[0, 0]] })
  expect(Number.isFinite(values[0])).toBe(true)
})

test('what needs Node is refused with the reason', async () => {
  await using run = await train({ problem: 'parabola', backend: 'cpu', ...tiny })
  await expect(run.save('run')).rejects.toMatchObject({ code: 'NEEDS_NODE' })
  await expect(load('run')).rejects.toMatchObject({ code: 'NEEDS_NODE' })
  await expect(train({ problem: './equation.json' })).rejects.toMatchObject({ code: 'NEEDS_NODE' })
  await expect(train({ problem: 'some-package#problem' })).rejects.toMatchObject({ code: 'NEEDS_NODE' })
})

test('input functions, data and errors cross to the Worker', async () => {
  const small = { branch: [6], trunk: [6], features: 4, time: 4, steps: 6, batch: 4, backend: 'cpu' } as const
  const options = { train: 12, validation: 4, test: 4, sensors: 10 }
  await using run = await train({ problem: 'poisson-1d', options, ...small })
  const { values } = await run.predict({ input: (x) => Math.sin(Math.PI * x), at: { x: [0, 0.5] } })
  expect(values).toHaveLength(2)
  await expect(run.predict({ input: [1] })).rejects.toMatchObject({ code: 'CLI_USAGE' })
  const line = Array.from({ length: 40 }, (_, i) => i / 40)
  await using table = await train({ data: { inputs: line, outputs: line.map((x) => x * x) }, backend: 'cpu', ...tiny })
  expect(table.config.problem).toBe('table')
  await expect(train({ problem: 'mexican-hut' })).rejects.toMatchObject({ code: 'CLI_UNKNOWN_NAME' })
})

test('a run starts another one in a Worker, where it was best', async () => {
  const notes: string[] = []
  const onNote = (line: string): void => void notes.push(line)
  const how = { problem: 'mexican-hat', backend: 'cpu', baselines: 'none', key: 1, onNote } as const
  const still = { steps: 1, batch: 8, learningRate: 1e-30, optimizer: 'sgd', readoutSolve: 0 } as const
  // Its loss grows, so that the newest state is not the best one.
  const first = await train({ ...how, ...tiny, estimator: 'bp', learningRate: 3, optimizer: 'sgd', patience: 1 })
  const at = { points: [[0.5, 0.25]] }
  const [best] = (await first.predict(at)).values
  await first[Symbol.asyncDispose]()
  await using next = await train({ ...how, ...still, from: first })
  expect(next.config).toMatchObject({ hidden: [6], time: 4, estimator: 'bp' })
  expect((await next.predict(at)).values[0]).toBeCloseTo(best!, 6)
  // As a page would store it.
  const { config, snapshot } = first
  await using stored = await train({ ...how, ...still, from: structuredClone({ config, snapshot }) })
  expect(Math.abs((await stored.predict(at)).values[0]! - best!)).toBeGreaterThan(1e-3)
  await expect(train({ ...how, from: 'runs/first' })).rejects.toMatchObject({ code: 'NEEDS_NODE' })
  expect(notes.join()).not.toContain('own thread')
})

test('a signal ends the Worker, and parts of a page train on its thread with a note', async () => {
  const stop = new AbortController()
  const events = train.steps({ problem: 'parabola', backend: 'cpu', ...tiny, steps: 1e6, signal: stop.signal })
  await events.next()
  stop.abort(new Error('enough'))
  await expect(events.next()).rejects.toThrow('enough')
  const notes: string[] = []
  await using run = await train({ problem: parabola(), backend: 'cpu', ...tiny, onNote: (line) => notes.push(line) })
  expect(run.relativeL2).toBeGreaterThan(0)
  expect(notes.join()).toContain('own thread')
})
