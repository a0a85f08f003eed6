import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadNetwork } from '@spikeward/experiment'
import { openFinished } from '@spikeward/experiment/node'
import { encodeNpy } from '@spikeward/problems/node'
import { expect, test } from 'vitest'
import { encodeZip } from '../../../packages/problems/src/node/files/zip.js'
import { run } from './fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-sequences-'))
const file = join(folder, 'wave.csv')
const rows = Array.from(
  { length: 900 },
  (_, t) => `${t},${Math.sin(0.2 * t) + 0.5 * Math.sin(0.531 * t)},${Math.cos(0.2 * t)}`,
)
writeFileSync(file, `t,u,v\n${rows.join('\n')}\n`)

const small = [
  '--window',
  '16',
  '--warm-up',
  '16',
  '--hidden',
  '8',
  '--steps',
  '20',
  '--batch',
  '4',
  '--backend',
  'cpu',
  '--threads',
  '1',
]
const data = ['--data', file, '--inputs', 'u,v', '--outputs', 'u', '--horizon', '3', ...small]

test('trains on a table with a column of time, and states what else is known about it', async () => {
  const { code, out, err } = await run(
    'train',
    ...data,
    '--time',
    't',
    '--baselines',
    'classical',
    '--json',
    '--out',
    join(folder, 'run'),
  )
  expect([code, err]).toEqual([
    0,
    expect.stringMatching(/read as sequences[^]* training, \d+ validation and \d+ test windows/),
  ])
  const result = JSON.parse(out.trimEnd().split('\n').at(-1)!) as Record<string, unknown>
  expect(result).toMatchObject({ problem: 'sequences', estimator: 'realTimeRecurrent', steps: 20 })
  expect(result['relativeL2']).toBeGreaterThan(0)
  const { persistence, linear, kernel, echoState } = result['baselines'] as Record<string, number>
  expect(persistence).toBeGreaterThan(0.1)
  for (const found of [linear, kernel, echoState]) expect(found).toBeLessThan(0.2 * persistence!)
})

test('--elapsed makes rows usable that are not equally spaced', async () => {
  const irregular = join(folder, 'irregular.csv')
  let [t, u] = [0, 0]
  const rows = Array.from({ length: 400 }, (_, i) => {
    const interval = 0.3 + ((i * 7919) % 101) / 100
    t += interval
    const [before, now] = [u, Math.sin(0.4 * t)]
    u = now
    return [t, now, (now - before) / interval].join()
  })
  writeFileSync(irregular, `t,u,slope\n${rows.join('\n')}\n`)
  const kernel = async (...flags: string[]): Promise<number> => {
    const read = ['--data', irregular, '--inputs', 'u', '--outputs', 'slope', '--time', 't', '--delays', '2']
    const ends = ['--window', '4', '--warm-up', '4', '--baselines', 'classical', '--json', '--out', join(folder, 'e')]
    const { code, out, err } = await run('train', ...read, ...small, ...ends, '--force', ...flags)
    expect([code, err]).toEqual([0, expect.any(String)])
    return (JSON.parse(out.trimEnd().split('\n').at(-1)!) as { baselines: { kernel: number } }).baselines.kernel
  }
  expect(await kernel('--elapsed')).toBeLessThan(0.3 * (await kernel()))
})

test.each(['rfg', 'bp', 'bp(checkpoint=8)', 'eProp', 'realTimeRecurrent(rule=ottt)'])(
  'trains by %s',
  async (estimator) => {
    const name = estimator.replaceAll(/\W/g, '')
    const { code, err } = await run(
      'train',
      ...data,
      '--time',
      't',
      '--estimator',
      estimator,
      '--baselines',
      'none',
      '--out',
      join(folder, name),
    )
    expect([code, err]).toEqual([0, expect.any(String)])
  },
)

test('a forecast of the next row runs free, and the result has its errors by the rows ahead', async () => {
  const flags = ['--data', file, '--time', 't', '--inputs', 'u', '--outputs', 'u', '--horizon', '1', ...small]
  const { code, out } = await run('train', ...flags, '--baselines', 'none', '--json', '--out', join(folder, 'free'))
  expect(code).toBe(0)
  const { horizon } = JSON.parse(out.trimEnd().split('\n').at(-1)!) as {
    readonly horizon: readonly Readonly<Record<string, number>>[]
  }
  expect(horizon.map(({ steps }) => steps)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1))
  expect(horizon.every(({ error, persistence }) => error! > 0 && persistence! > 0)).toBe(true)
})

test('--time without data is a number of steps', async () => {
  const { code, err } = await run('train', 'parabola', '--time', 'soon')
  expect(code).toBe(2)
  expect(err).toContain('a whole number of time steps, or the column of time of a file that --data names')
})

test('a network of sequences refuses points', async () => {
  const { code, err } = await run('train', 'parabola', '--network', 'recurrent')
  expect(code).toBe(2)
  expect(err).toContain('recurrent reads sequences, and parabola has none')
})

test('a run is evaluated on sequences of another file', async () => {
  const other = join(folder, 'other.csv')
  writeFileSync(other, `t,u,v\n${rows.slice(0, 300).join('\n')}\n`)
  const { code, out, err } = await run(
    'evaluate',
    join(folder, 'run'),
    '--data',
    other,
    '--baselines',
    'classical',
    '--json',
  )
  expect([code, err]).toEqual([0, expect.any(String)])
  const { relativeL2, baselines } = JSON.parse(out.trimEnd().split('\n').at(-1)!) as {
    readonly relativeL2: number
    readonly baselines: Readonly<Record<string, number>>
  }
  expect(relativeL2).toBeGreaterThan(0)
  // A part of the file that the regressions learned from.
  expect(baselines['linear']).toBeLessThan(1e-3)
})

test.each(['recurrent', 'lstm', 'gru', 'mlp'])('the checkpoint of %s alone rebuilds it', async (network) => {
  const place = join(folder, network)
  const few = data.map((word) => (word === '20' ? '2' : word))
  const trained = await run('train', ...few, '--network', network, '--time-column', 't', '--out', place)
  expect(trained).toMatchObject({ code: 0 })
  await using opened = await openFinished(
    place,
    { quiet: true },
    { out: () => undefined, err: () => undefined, errIsTerminal: false, onInterrupt: () => () => undefined },
  )
  using loaded = await loadNetwork(readFileSync(join(place, 'checkpoint.safetensors')))
  const { inputs } = loaded.shape
  // Values far from [−1, 1]: the windows of both are scaled by the data.
  const x = Float64Array.from({ length: 3 * inputs }, (_, i) => 2 * Math.sin(i))
  const found = await opened.parts.experiment.predict(opened.variables, { kind: 'points', x, axes: inputs }, null)
  const alone = await loaded.predict(x)
  expect(found.length).toBe(3 * loaded.shape.outputs)
  for (const [i, value] of found.entries()) expect(alone[i]).toBeCloseTo(value, 5)
})

const walks = join(folder, 'walks.csv')
const lengths = Array.from({ length: 40 }, (_, run) => 24 + (run % 5))
const walk = (run: number, t: number): string => `${run},${t},${Math.sin((run % 2 === 0 ? 0.4 : 1.3) * t + run)}`
const gaits = lengths.flatMap((length, run) =>
  Array.from({ length }, (_, t) => `${walk(run, t)},${run % 2 === 0 ? 'slow' : 'fast'}`),
)
writeFileSync(walks, `run,t,u,gait\n${gaits.join('\n')}\n`)

type Classified = { readonly accuracy: number; readonly accuracies: Readonly<Record<string, number | null>> }

const classesOf = (out: string): Classified => JSON.parse(out.trimEnd().split('\n').at(-1)!) as Classified

const learnGaits = ['--steps', '60', '--learning-rate', '0.02', '--hidden', '16', '--batch', '16', '--backend', 'cpu']

test('a column of texts is the class of a sequence, and the result has the accuracy beside that of others', async () => {
  const read = ['--data', walks, '--inputs', 'u', '--outputs', 'gait', '--time', 't', '--run-column', 'run']
  const place = join(folder, 'gaits')
  const { code, out, err } = await run('train', ...read, ...learnGaits, '--baselines', 'all', '--json', '--out', place)
  expect([code, err]).toEqual([0, expect.stringContaining('read as sequences')])
  const { accuracy, accuracies } = classesOf(out)
  expect(accuracy).toBeGreaterThan(0.8)
  expect(accuracies['majority']).toBeLessThan(0.7)
  for (const name of ['untrained', 'linear', 'kernel', 'echoState', 'dense']) expect(accuracies[name]).not.toBe(null)
  expect(accuracies['randomSign']).toBe(null)

  const again = await run('evaluate', place, '--data', walks, '--json')
  expect(again.code).toBe(0)
  expect(classesOf(again.out).accuracy).toBeGreaterThan(0.8)

  const fresh = join(folder, 'fresh.csv')
  const rows = [3, 8].flatMap((number) => Array.from({ length: 26 }, (_, t) => walk(number, t)))
  writeFileSync(fresh, `run,t,u\n${rows.join('\n')}\n`)
  const predicted = join(folder, 'fresh-classes.csv')
  const reported = await run('predict', place, '--data', fresh, '--out', predicted)
  expect([reported.code, reported.err]).toEqual([0, ''])
  const [head, ...lines] = readFileSync(predicted, 'utf8').trimEnd().split('\n')
  expect(head).toBe('sequence,class,fast,slow')
  expect(lines.map((line) => line.split(',').slice(0, 2))).toEqual([
    ['3', 'fast'],
    ['8', 'slow'],
  ])
  for (const line of lines) {
    const [fast, slow] = line.split(',').slice(2).map(Number) as [number, number]
    expect(fast + slow).toBeCloseTo(1, 5)
  }
  const asJson = join(folder, 'fresh-classes.json')
  expect(await run('predict', place, '--data', fresh, '--out', asJson)).toMatchObject({ code: 0 })
  expect(JSON.parse(readFileSync(asJson, 'utf8'))).toMatchObject({
    classes: ['fast', 'slow'],
    predicted: ['fast', 'slow'],
  })

  using loaded = await loadNetwork(readFileSync(join(place, 'checkpoint.safetensors')))
  expect(loaded.shape).toMatchObject({ outputs: 2, classes: ['fast', 'slow'] })
})

test('--categories makes numbers names of classes, as do arrays with one for each sequence', async () => {
  const numbers = join(folder, 'numbers.csv')
  writeFileSync(numbers, `run,t,u,gait\n${gaits.join('\n').replaceAll('slow', '4').replaceAll('fast', '7')}\n`)
  const read = ['--data', numbers, '--inputs', 'u', '--outputs', 'gait', '--time', 't', '--run-column', 'run']
  const few = ['--steps', '2', '--hidden', '4', '--batch', '8', '--backend', 'cpu', '--baselines', 'none', '--json']
  const plain = await run('train', ...read, ...few, '--window', '4', '--warm-up', '4', '--out', join(folder, 'plain'))
  expect(plain.code).toBe(0)
  expect(classesOf(plain.out).accuracy).toBe(undefined)
  const named = await run('train', ...read, ...few, '--categories', 'gait', '--out', join(folder, 'named'))
  expect(named.code).toBe(0)
  expect(classesOf(named.out).accuracy).toBeGreaterThanOrEqual(0)

  const arrays = join(folder, 'gaits.npz')
  const x = Float64Array.from({ length: 40 * 24 }, (_, i) => Number(walk(Math.floor(i / 24), i % 24).split(',')[2]))
  const labels = Float64Array.from({ length: 40 }, (_, run) => run % 2)
  const entry = (name: string, shape: readonly number[], data: Float64Array) =>
    [`${name}.npy`, encodeNpy({ shape, data })] as const
  writeFileSync(arrays, await encodeZip(new Map([entry('x', [40, 24, 1], x), entry('label', [40], labels)])))
  const flags = [
    '--data',
    arrays,
    '--inputs',
    'x',
    '--outputs',
    'label',
    ...few,
    '--network',
    'gru',
    '--estimator',
    'bp',
  ]
  const whole = await run('train', 'sequences', ...flags, '--out', join(folder, 'arrays'))
  expect([whole.code, whole.err]).toEqual([0, expect.any(String)])
  expect(classesOf(whole.out).accuracy).toBeGreaterThanOrEqual(0)
})

test('classes refuse a network without a time step, and a label that changes within a sequence', async () => {
  const read = ['--data', walks, '--inputs', 'u', '--outputs', 'gait', '--time', 't', '--run-column', 'run']
  const { code, err } = await run('train', ...read, '--network', 'mlp', '--out', join(folder, 'mlp'))
  expect([code, err]).toEqual([expect.any(Number), expect.stringMatching(/recurrentNetwork/)])
  const restless = join(folder, 'restless.csv')
  writeFileSync(
    restless,
    `run,t,u,gait\n${gaits.map((row, i) => (i === 3 ? row.replace('slow', 'fast') : row)).join('\n')}\n`,
  )
  const other = await run('train', ...read.with(1, restless), '--out', join(folder, 'restless'))
  expect(other.err).toMatch(/"gait" holds slow and fast in one sequence.*--run-column/)
})

test('a column of texts is one channel for each text, and times may be dates', async () => {
  const modes = ['idle', 'heat', 'cool']
  const room = (name: string, count: number, from: number): string => {
    const path = join(folder, name)
    let temperature = 20
    const lines = Array.from({ length: count }, (_, t) => {
      const mode = modes[Math.floor((t + from) / 7) % 3]!
      temperature += 0.1 * ({ idle: 20, heat: 30, cool: 10 }[mode]! - temperature)
      return `${new Date(1.7e12 + 60_000 * (t + from)).toISOString()},${temperature.toFixed(3)},${mode}`
    })
    writeFileSync(path, `when,temperature,mode\n${lines.join('\n')}\n`)
    return path
  }
  const to = join(folder, 'room')
  const read = ['--data', room('room.csv', 600, 0), '--inputs', 'temperature,mode', '--outputs', 'temperature']
  const { code, err } = await run('train', ...read, '--time', 'when', '--horizon', '2', ...small, '--out', to)
  expect([code, err]).toEqual([0, expect.stringContaining('read as sequences')])
  await using trained = await openFinished(
    to,
    { quiet: true },
    { out: () => undefined, err: () => undefined, errIsTerminal: false, onInterrupt: () => () => undefined },
  )
  const { problem } = trained.parts.experiment
  if (problem.kind !== 'regression') throw new Error('sequences are a regression')
  expect(problem.window?.columns?.map(({ levels }) => levels)).toEqual([null, ['cool', 'heat', 'idle']])
  // Four channels of eight rows; this file has two of the three texts.
  expect(problem.window?.channels).toBe(32)
  const evaluated = await run('evaluate', to, '--data', room('later.csv', 14 * 7, 7), '--json')
  expect([evaluated.code, evaluated.err]).toEqual([0, expect.any(String)])
  writeFileSync(join(folder, 'bad.csv'), 'when,u\nMonday,1\nTuesday,2\n')
  const bad = await run('train', '--data', join(folder, 'bad.csv'), '--inputs', 'u', '--outputs', 'u', '--time', 'when')
  expect(bad.err).toContain('"Monday" in row 1 of "when" is no time')
})
