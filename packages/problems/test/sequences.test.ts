import { expect, test } from 'vitest'
import { type NamedArray, sequenceProblem } from '../src/index.js'

const array = (name: string, shape: readonly number[], of: (i: number) => number): NamedArray => ({
  name,
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => of(i)),
})
const count = (rows: number): NamedArray => array('n', [rows], (i) => i)
const sizes = { horizon: 2, delays: 3, window: 4, warmUp: 5 }

test('a window has the rows up to each step, the latest first, and the targets of the horizon after', async () => {
  const problem = await sequenceProblem({ name: 'count', inputs: count(200), outputs: count(200), ...sizes })
  expect(problem.window).toMatchObject({ steps: 9, scored: 4, channels: 3, delays: 3, outputs: 1, horizon: 2 })
  for (const split of ['train', 'validation', 'test'] as const) {
    const { x, y, count: windows } = problem.points(split)
    const known = problem.window!.known(split)!
    for (let w = 0; w < windows; w++)
      for (let s = 0; s < 9; s++) {
        const [now, before, first] = x.subarray((w * 9 + s) * 3, (w * 9 + s + 1) * 3) as unknown as [
          number,
          number,
          number,
        ]
        expect([before, first]).toEqual([now - 1, now - 2])
        if (s < 5) continue
        expect(y[w * 4 + s - 5]).toBe(now + 2)
        expect(known[w * 4 + s - 5]).toBe(now)
      }
  }
})

test('a step has targets once, and the test follows the training without a shared row', async () => {
  const problem = await sequenceProblem({ name: 'count', inputs: count(300), outputs: count(300), ...sizes })
  const [train, validation, late] = (['train', 'validation', 'test'] as const).map((split) => problem.points(split))
  for (const { y } of [train!, validation!, late!]) expect(new Set(y).size).toBe(y.length)
  expect(Math.max(...train!.y)).toBeLessThan(Math.min(...validation!.x))
  expect(Math.max(...validation!.y)).toBeLessThan(Math.min(...late!.x))
})

test('no window reaches over a gap in time, or from one run into another', async () => {
  const time = array('t', [300], (i) => (i < 137 ? i : i + 10))
  const problem = await sequenceProblem({ name: 'gap', inputs: count(300), outputs: count(300), time, ...sizes })
  const runs = array('run', [900], (i) => Math.floor(i / 180))
  const byRun = await sequenceProblem({ name: 'runs', inputs: count(900), outputs: count(900), runs, ...sizes })
  const crosses = (of: typeof problem, border: number): boolean =>
    (['train', 'validation', 'test'] as const).some((split) => {
      const { x, y, count: n } = of.points(split)
      return Array.from({ length: n }, (_, w) => w).some(
        (w) =>
          Math.min(...x.subarray(w * 27, w * 27 + 27)) < border && Math.max(...y.subarray(w * 4, w * 4 + 4)) >= border,
      )
    })
  expect(crosses(problem, 137)).toBe(false)
  for (const border of [180, 360, 540, 720]) expect(crosses(byRun, border)).toBe(false)
  const whole = await sequenceProblem({ name: 'whole', inputs: count(300), outputs: count(300), ...sizes })
  expect(crosses(whole, 137)).toBe(true)
})

test('of ten sequences or more, whole ones are held back', async () => {
  const inputs = array('x', [12, 20, 2], (i) => Math.floor(i / 40))
  const problem = await sequenceProblem({ name: 'many', inputs, outputs: inputs, ...sizes, key: 3 })
  const sets = (['train', 'validation', 'test'] as const).map((split) => new Set(problem.points(split).y))
  expect(sets.map(({ size }) => size)).toEqual([9, 1, 2])
  expect(new Set(sets.flatMap((set) => [...set])).size).toBe(12)
})

test('refuses times that do not increase, arrays that do not fit, and data too short for a window', async () => {
  const given = { name: 'bad', inputs: count(100), outputs: count(100), ...sizes }
  const time = array('t', [100], (i) => (i === 40 ? 3 : i))
  await expect(sequenceProblem({ ...given, time })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  await expect(sequenceProblem({ ...given, outputs: count(99) })).rejects.toMatchObject({ code: 'DATA_SHAPE' })
  await expect(sequenceProblem({ ...given, warmUp: 60 })).rejects.toMatchObject({ code: 'DATA_SHAPE' })
  await expect(sequenceProblem({ ...given, window: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})

test('the time since the row before is a channel, and only long gaps part a sequence', async () => {
  const intervals = Array.from({ length: 300 }, (_, i) => (i === 100 ? 50 : i % 3 === 2 ? 4 : 1))
  const times = intervals.map((_, i) => intervals.slice(0, i + 1).reduce((a, b) => a + b, 0))
  const time = array('t', [300], (i) => times[i]!)
  const given = { name: 'irregular', inputs: count(300), outputs: count(300), time, elapsed: true, ...sizes }
  const { window, points } = await sequenceProblem(given)
  expect(window).toMatchObject({ channels: 6, elapsed: 1 })
  let parted = 0
  for (const split of ['train', 'validation', 'test'] as const) {
    const { x } = points(split)
    for (let i = 0; i < x.length; i += 2) {
      const row = x[i]!
      // The median is 1; the row behind the gap is the first of its sequence.
      expect(x[i + 1]).toBe(row === 0 || row === 100 ? 1 : intervals[row]!)
      if (row === 100) parted++
    }
  }
  expect(parted).toBeGreaterThan(0)
  // By the rule for equal intervals, every third row would part a sequence.
  await expect(sequenceProblem({ ...given, elapsed: false })).rejects.toThrow(/gaps.*--elapsed.*DATA_SHAPE/s)
  const { time: _, ...without } = given
  await expect(sequenceProblem(without)).rejects.toThrow(/--time.*INVALID_OPTION/)
})

/** Twelve sequences of 20 to 31 rows, of three classes in turn. */
const labelled = () => {
  const lengths = Array.from({ length: 12 }, (_, run) => 20 + run)
  const of = (value: (run: number) => number): number[] =>
    lengths.flatMap((length, run) => Array.from({ length }, () => value(run)))
  const [runs, labels] = [of((run) => run), of((run) => run % 3)]
  return {
    ...{ name: 'three', inputs: array('x', [runs.length, 1], (i) => runs[i]!), delays: 3 },
    runs: array('run', [runs.length], (i) => runs[i]!),
    outputs: array('label', [runs.length], (i) => labels[i]!),
    classes: ['a', 'b', 'c'],
  }
}

test('a sequence with a class is one window of the length of the shortest, and its target is one of its classes', async () => {
  const { outputs, window, points } = await sequenceProblem(labelled())
  expect(outputs).toBe(3)
  expect(window).toMatchObject({ steps: 18, scored: 9, outputs: 3, classes: ['a', 'b', 'c'], autonomous: false })
  const seen = (['train', 'validation', 'test'] as const).flatMap((split) => {
    const { x, y, count: windows } = points(split)
    expect(window!.known(split)).toBe(null)
    return Array.from({ length: windows }, (_, w) => {
      const run = x[w * 54]!
      expect([...x.subarray(w * 54, (w + 1) * 54)]).toEqual(new Array(54).fill(run))
      expect([...y.subarray(w * 3, (w + 1) * 3)]).toEqual([0, 1, 2].map((c) => (c === run % 3 ? 1 : 0)))
      return run
    })
  })
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, run) => run))
})

test('arrays of sequences have one class each', async () => {
  const inputs = array('x', [12, 20, 2], (i) => Math.floor(i / 40))
  const outputs = array('label', [12], (i) => i % 2)
  const { window, points } = await sequenceProblem({ name: 'arrays', inputs, outputs, classes: ['0', '1'], delays: 1 })
  expect(window).toMatchObject({ steps: 20, scored: 10 })
  const { x, y, count: windows } = points('train')
  for (let w = 0; w < windows; w++) expect(y[w * 2 + 1]).toBe(x[w * 40]! % 2)
})

test('refuses a class that changes within a sequence, a number that names none, and a sequence too short', async () => {
  const given = labelled()
  const changed = array('label', [given.runs.data.length], (i) => (i === 5 ? 1 : given.outputs.data[i]!))
  await expect(sequenceProblem({ ...given, outputs: changed })).rejects.toThrow(/--run-column/)
  const unnamed = array('label', [given.runs.data.length], () => 3)
  await expect(sequenceProblem({ ...given, outputs: unnamed })).rejects.toThrow(/DATA_SHAPE/)
  await expect(sequenceProblem({ ...given, window: 20, warmUp: 0 })).rejects.toThrow(/20 rows.*DATA_SHAPE/)
  await expect(sequenceProblem({ ...given, horizon: 1 })).rejects.toThrow(/INVALID_OPTION/)
})

test('sequences of each class are held back in nearly the same shares', async () => {
  const [rare, runs, steps] = [10, 100, 12]
  const inputs = array('x', [runs, steps, 1], (i) => Math.sin(i))
  const outputs = array('class', [runs], (run) => (run < rare ? 1 : 0))
  for (const key of [0, 1, 2, 3, 4]) {
    const problem = await sequenceProblem({
      name: 'rare',
      inputs,
      outputs,
      classes: ['often', 'rarely'],
      key,
      delays: 1,
    })
    const counts = (['train', 'validation', 'test'] as const).map((split) => {
      const { y } = problem.points(split)
      return y.filter((v, i) => i % 2 === 1 && v === 1).length
    })
    expect(counts).toEqual([7, 1, 2])
  }
})

test('a channel that is sampled more slowly holds its last value, and the sequence begins with its first', async () => {
  // The second channel has a value in rows 2, 12, 22, …
  const inputs = array('fast,slow', [300, 2], (i) =>
    i % 2 === 0 ? i / 2 : ((i - 1) / 2) % 10 === 2 ? (i - 1) / 2 : NaN,
  )
  const how = { name: 'rates', inputs, outputs: count(300), ...sizes, delays: 1 }
  await expect(sequenceProblem(how)).rejects.toMatchObject({ code: 'DATA_NOT_FINITE' })
  const { x } = (await sequenceProblem({ ...how, hold: true })).points('train')
  expect(x[0]).toBe(2)
  for (let i = 0; i < x.length; i += 2) expect(x[i + 1]).toBe(Math.floor((x[i]! - 2) / 10) * 10 + 2)
  // Uneven intervals: the first row that is complete is the first of its sequence, with an interval of 1.
  const time = array('t', [300], (i) => i + ((i + 1) % 3) / 4)
  const uneven = (await sequenceProblem({ ...how, hold: true, elapsed: true, time })).points('train').x
  expect(Array.from(uneven.subarray(0, 12))).toEqual([2, 2, 1, 3, 2, 1, 4, 2, 1, 5, 2, 0.4])
  const infinite = array('x', [300, 1], (i) => (i === 7 ? Infinity : NaN))
  await expect(sequenceProblem({ ...how, inputs: infinite, hold: true })).rejects.toMatchObject({
    code: 'DATA_NOT_FINITE',
  })
})
