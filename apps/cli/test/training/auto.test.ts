import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { factories } from '@spikeward/experiment'
import { run, tiny } from '../fakeIo.js'

const folder = await mkdtemp(join(tmpdir(), 'spikeward-auto-'))
vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
afterAll(() => rm(folder, { recursive: true }))

/** A tiny run whose backend the command chooses. */
const unnamed = tiny.filter((word) => !['--backend', 'reference', '--quiet'].includes(word))
const memory = join(folder, 'cache', 'spikeward', 'backends.json')
type Choices = { readonly choices: readonly object[] }
const choices = (): Choices => JSON.parse(readFileSync(memory, 'utf8')) as Choices
const configOf = (path: string): { readonly backend: string } =>
  JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')) as { readonly backend: string }

describe('without a named backend', () => {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')]

  test('train measures, prints the backend that it chose and why, and records it', async () => {
    const { code, err } = await run('train', 'parabola', ...unnamed, '--out', first)
    expect(code).toBe(0)
    const { backend } = configOf(first)
    expect(['cpu', 'native']).toContain(backend)
    expect(err).toMatch(new RegExp(`^backend: ${backend}, [\\d.e-]+ ms per step; .*measured just now$`, 'm'))
    // Every declared backend is a candidate, but the reference.
    for (const name of Object.keys(factories.backend)) expect(err.includes(name), name).toBe(name !== 'reference')
    expect(choices()).toMatchObject({ format: 1, choices: [{ name: backend }] })
  })

  test('the next run takes the same without measuring', async () => {
    // On a busy machine the first choice may compare a first step with later ones, and then waits for a second
    // measurement.
    const stored = choices()
    const confirmed = stored.choices.map((choice) => ({ ...choice, confirmed: true }))
    writeFileSync(memory, JSON.stringify({ ...stored, choices: confirmed }))
    const { code, err } = await run('train', 'parabola', ...unnamed, '--backend', 'auto', '--out', second)
    expect(code).toBe(0)
    expect(configOf(second).backend).toBe(configOf(first).backend)
    expect(err).toMatch(/measured on \d{4}-\d\d-\d\d$/m)
  })

  test('the note is about the run that the trial chose', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i / 40},${Math.sin(i / 6)}`)
    const path = join(folder, 'own.csv')
    writeFileSync(path, `a,y\n${rows.join('\n')}\n`)
    const data = ['--data', path, '--inputs', 'a', '--outputs', 'y', '--hidden', '6', '--time', '4', '--steps', '8']
    const out = join(folder, 'own')
    const { code, err } = await run('train', ...data, '--no-figures', '--out', out)
    expect(code).toBe(0)
    expect(err.match(/^backend: /gm)).toHaveLength(1)
    expect(err.indexOf('chosen: ')).toBeLessThan(err.indexOf('\nbackend: '))
    const { estimator, backend } = configOf(out) as { readonly estimator?: string; readonly backend: string }
    expect(err).toContain(`backend: ${backend}, `)
    const { choices: known } = choices() as {
      readonly choices: readonly { readonly workload: string; readonly name: string }[]
    }
    expect(JSON.stringify(known)).toContain(`mlp by ${estimator}, about`)
  })

  test('evaluate uses the backend that the run records', async () => {
    const { out } = await run('evaluate', first, '--json')
    expect(JSON.parse(out)).toMatchObject({ backend: configOf(first).backend })
  })

  test('resume uses the backend that the run records, and measures nothing', async () => {
    const place = join(folder, 'stopped')
    cpSync(first, place, { recursive: true })
    // A run that was stopped before its first checkpoint.
    for (const file of ['summary.json', 'checkpoint.safetensors']) rmSync(join(place, file))
    const { code, out, err } = await run('resume', place, '--json', '--no-figures')
    expect([code, err]).toEqual([0, expect.not.stringMatching(/^backend:|measured/m)])
    expect(JSON.parse(out)).toMatchObject({ backend: configOf(first).backend, steps: 12 })
  })

  test('resume keeps the choice of the run where auto is named, also with an empty memory', async () => {
    const place = join(folder, 'kept')
    await run('train', 'parabola', ...tiny, '--out', place)
    for (const file of ['summary.json', 'checkpoint.safetensors']) rmSync(join(place, file))
    const before = readFileSync(memory, 'utf8')
    rmSync(memory)
    const { code, err } = await run('resume', place, '--backend', 'auto', '--quiet', '--no-figures')
    expect([code, err, configOf(place).backend]).toEqual([0, '', 'reference'])
    writeFileSync(memory, before)
  })

  test('a run in shares takes the first backend that runs here, without measuring', async () => {
    const place = join(folder, 'shares')
    const before = choices()
    const { code, err } = await run('train', 'parabola', ...unnamed, '--shares', 'batch:4', '--out', place)
    expect([code, choices()]).toEqual([0, before])
    expect(err).toMatch(
      /^backend: native, the first of native, cpu that runs here; nothing is measured with --shares$/m,
    )
    expect(configOf(place).backend).toBe('native')
    vi.stubEnv('SPIKEWARD_NATIVE', '/nowhere/spikeward.node')
    const other = join(folder, 'shares-without-native')
    const without = await run('train', 'parabola', ...unnamed, '--shares', 'batch:4', '--out', other)
    expect([without.code, configOf(other).backend]).toEqual([0, 'cpu'])
    vi.stubEnv('SPIKEWARD_NATIVE', undefined)
  })

  test('doctor shows what was measured, and forgets it', async () => {
    const shown = await run('doctor')
    expect(shown.out).toMatch(/^\| mlp by rfg, about [\d.]+( \w+)? operations +\| (native|cpu) /m)
    const forgotten = await run('doctor', '--forget', '--json')
    expect(JSON.parse(forgotten.out)).toMatchObject({ choices: [] })
  })
})

test('a backend that is named is never replaced', async () => {
  vi.stubEnv('SPIKEWARD_NATIVE', '/nowhere/spikeward.node')
  const place = join(folder, 'named')
  const { code, err } = await run('train', 'parabola', ...unnamed, '--backend', 'native', '--out', place)
  expect([code, err]).toEqual([1, expect.stringContaining('NATIVE_UNAVAILABLE')])
  const instead = await run('train', 'parabola', ...unnamed, '--out', place)
  expect(configOf(place).backend).toBe('cpu')
  expect(instead.err).toMatch(/native: the native backend cannot be used/)
})

test('train --profile prints the kernels of a step', async () => {
  const place = join(folder, 'profiled')
  const words = [...unnamed, '--backend', 'cpu', '--profile', '--out', place]
  const { code, err } = await run('train', 'parabola', ...words)
  expect(code).toBe(0)
  expect(err).toMatch(/^\| kernel or product +\| µs a step \| share +\|$/m)
  const phases = [
    ...err.matchAll(/^\| (?:the executable, with|JavaScript around|the whole step).* \| ([\d.]+) +\| [\d.]+ %/gm),
  ]
  const [executable = NaN, around = NaN, whole = NaN] = phases.map(([, microseconds]) => Number(microseconds))
  expect(executable + around).toBeCloseTo(whole, 0)
  expect(Math.min(executable, around)).toBeGreaterThan(0)
})
