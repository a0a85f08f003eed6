/** Networks on the grid that sensors and solutions share, by the command line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadNetwork } from '@spikeward/experiment'
import { encodeNpy } from '@spikeward/problems/node'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { run } from './fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-grid-'))
const place = (name: string): string => join(folder, name)
vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

/** A prediction that the command writes as JSON. */
type Predicted = { readonly coordinates: readonly number[]; readonly values: readonly number[] }

/** Options that make each network small. */
const small: Readonly<Record<string, string>> = {
  fno: '--channels 3 --modes 2 --layers 2 --projection 4',
  wno: '--channels 3 --averages 2 --layers 2 --projection 4',
  unet: '--channels 3 --levels 1 --filtered',
  cnn: '--channels 3 --kernel 3',
  graph: '--channels 3 --scales 2 --layers 2 --projection 4',
  transformer: '--channels 4 --heads 2 --slices 3 --layers 1 --neurons 4',
}

describe.each(Object.entries(small))('%s, on the grid that sensors and solutions share', (kind, options) => {
  const few = '--backend reference --sizes 6,2,3 --batch 4 --steps 2 --quiet --no-figures'.split(' ')
  const tiny = [...few, ...`${options} --time 2`.split(' ')]
  const grid = ['--resolution', '16', '--nodes', '32']

  test.each([
    ['spiking', []],
    ['dense', ['--spiking', 'none']],
  ])('learns burgers-sharp, %s; its checkpoint alone rebuilds it', async (name, more) => {
    const args = [...tiny, ...grid, ...more, '--network', kind, '--out', place(`${kind}-${name}`), '--json']
    const ran = await run('train', 'burgers-sharp', ...args)
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(JSON.parse(readFileSync(join(place(`${kind}-${name}`), 'config.json'), 'utf8'))).toMatchObject({
      network: kind,
      branch: null,
      features: null,
    })
    const { problem, baselines } = JSON.parse(ran.out) as { problem: string; baselines: { untrained: number } }
    expect(problem).toBe('burgers-sharp')
    expect(baselines.untrained).toBeGreaterThan(0)
    using loaded = await loadNetwork(readFileSync(join(place(`${kind}-${name}`), 'checkpoint.safetensors')))
    const wave = Float64Array.from({ length: 16 }, (_, i) => Math.sin((2 * Math.PI * i) / 16))
    const file = place(`${kind}-${name}.json`)
    const predicted = await run('predict', place(`${kind}-${name}`), '--function', 'sin(2*pi*x)', '--out', file)
    expect([predicted.code, predicted.err]).toEqual([0, ''])
    const { coordinates, values } = JSON.parse(readFileSync(file, 'utf8')) as Predicted
    expect(values).toHaveLength(16)
    const found = await loaded.predict(Float64Array.from(coordinates), wave)
    values.forEach((v, i) => expect(Math.abs(found[i]! - v)).toBeLessThan(1e-6))
    await expect(loaded.predict(Float64Array.of(0.5), wave)).rejects.toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH' }),
    )
  })

  test.each([
    ['darcy-2d', ['darcy-2d', '--sensors', '8', '--cells', '8'], 'rateBackpropagation'],
    ['own data', ['--data', place('a.npy'), '--inputs', 'a', '--outputs', 'u.npy#u'], 'rfg|rateBackpropagation'],
    // A trial chooses the estimator for own data.
  ])('learns %s in the plane with its default settings', async (name, more, estimator) => {
    for (const array of ['a', 'u']) {
      const data = Float64Array.from({ length: 12 * 64 }, (_, i) => Math.sin(i))
      writeFileSync(place(`${array}.npy`), encodeNpy({ shape: [12, 8, 8], data }))
    }
    const sized = name === 'own data' ? tiny.filter((_, i) => i !== 2 && i !== 3) : tiny
    const ran = await run('train', ...more, ...sized, '--network', kind, '--out', place(`${kind}-${name}`), '--json')
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(JSON.parse(ran.out)).toMatchObject({ estimator: expect.stringMatching(estimator) as string })
    const out = place(`${kind}-${name}-plane.json`)
    const two = Float64Array.from({ length: 2 * 64 }, (_, i) => Math.cos(i))
    writeFileSync(place('two.npy'), encodeNpy({ shape: [2, 8, 8], data: two }))
    const folderOfRun = place(`${kind}-${name}`)
    const predicted = await run('predict', folderOfRun, '--data', place('two.npy'), '--out', out, '--quiet')
    expect([predicted.code, predicted.err]).toEqual([0, ''])
    const { coordinates, values } = JSON.parse(readFileSync(out, 'utf8')) as Predicted
    expect(values).toHaveLength(2 * 64)
    using loaded = await loadNetwork(readFileSync(join(folderOfRun, 'checkpoint.safetensors')))
    const found = await loaded.predict(Float64Array.from(coordinates), two)
    values.forEach((v, i) => expect(Math.abs(found[i]! - v)).toBeLessThan(1e-6))
  })

  test('is refused where they do not share one', async () => {
    const ran = await run('train', 'burgers', ...tiny, '--network', kind, '--out', place(`${kind}-refused`))
    expect(ran.code).not.toBe(0)
    expect(ran.err).toMatch(
      /'burgers' has 101 sensors, and solutions on another grid of 51 × 51 points; .*SHAPE_MISMATCH/,
    )
  })
})

test('conv-deeponet reads a grid of sensors, and gives solutions elsewhere', async () => {
  const sized =
    '--backend reference --sizes 6,2,3 --batch 4 --steps 2 --quiet --no-figures --time 2 --features 3 --channels 2'
  const args = [...sized.split(' '), '--network', 'conv-deeponet', '--out', place('conv-deeponet'), '--json']
  const ran = await run('train', 'navier-stokes', '--sensors', '8', '--times', '2', '--nodes', '8', ...args)
  expect([ran.code, ran.err]).toEqual([0, ''])
  using loaded = await loadNetwork(readFileSync(join(place('conv-deeponet'), 'checkpoint.safetensors')))
  const field = await loaded.predict(Float64Array.of(0.3, 0.4, 0.5), new Float64Array(64).fill(1))
  expect([...field].every(Number.isFinite)).toBe(true)
})
