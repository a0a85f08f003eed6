import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadNetwork } from '@spikeward/experiment'
import { openFinished } from '@spikeward/experiment/node'
import { expect, test } from 'vitest'
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
