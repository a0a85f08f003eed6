/** The last solve of the readouts, whose penalty the validation functions choose. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { decodeCheckpoint } from '@spikeward/train'
import { runTrial } from '../../src/comparison/trial.js'
import { readConfig } from '../../src/config/readConfig.js'
import type { Io } from '../../src/io/io.js'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-last-solve-'))
const place = (name: string): string => join(folder, name)
vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const silent: Io = {
  out: () => undefined,
  err: () => undefined,
  errIsTerminal: false,
  onInterrupt: () => () => undefined,
}

const settings = (
  'poisson-1d --spiking none --sizes 16,4,6 --sensors 9 --steps 6 --readout-solve 3 --estimator bp --backend reference ' +
  '--branch 12 --trunk 8 --features 4 --batch 4 --checkpoint-every 3 --quiet --no-figures --json'
).split(' ')

type Result = Readonly<Record<string, unknown>> & {
  readonly relativeL2: number
  readonly lastSolve?: { readonly penalty: number; readonly validation: number }
}
const resultOf = async (...words: string[]): Promise<Result> => {
  const { code, out, err } = await run(...words)
  expect([code, err]).toEqual([0, ''])
  return JSON.parse(out) as Result
}
const train = (name: string, ...more: string[]): Promise<Result> =>
  resultOf('train', ...settings, ...more, '--out', place(name))
/** The tensors of a file of a run, as text that differs where any bit does. */
const bitsOf = (name: string, file: string): string =>
  [...decodeCheckpoint(readFileSync(join(place(name), `${file}.safetensors`))).tensors]
    .map(([path, { data }]) => `${path} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')}`)
    .sort()
    .join('\n')
const lastValidation = (name: string): number =>
  readFileSync(join(place(name), 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; relativeL2: number })
    .filter(({ type }) => type === 'validation')
    .at(-1)!.relativeL2

describe('a run without a penalty of its own', () => {
  let ran: Result
  beforeAll(async () => {
    ran = await train('chosen')
  })

  test('ends with the penalty of least validation error, which is below that of the usual one', () => {
    expect(ran.lastSolve).toBeDefined()
    expect([1e-7, 1e-6, 1e-5, 1e-3, 1e-2, 1e-1]).toContain(ran.lastSolve!.penalty)
    // The last step was followed by a solve with 1e-4.
    expect(ran.lastSolve!.validation).toBeLessThan(lastValidation('chosen'))
    expect(bitsOf('chosen', 'solved')).not.toContain('optimizer')
  })

  test('leaves the checkpoint of the run with the usual penalty throughout', async () => {
    const usual = await train('usual', '--readout-penalty', '1e-4')
    expect(usual.lastSolve).toBeUndefined()
    expect(existsSync(join(place('usual'), 'solved.safetensors'))).toBe(false)
    expect(bitsOf('chosen', 'checkpoint')).toBe(bitsOf('usual', 'checkpoint'))
    const before = await resultOf('evaluate', place('chosen'), '--last', '--json')
    expect(before.relativeL2).toBe(usual.relativeL2)
  })

  test('evaluate measures what train reported', async () => {
    expect((await resultOf('evaluate', place('chosen'), '--json')).relativeL2).toBe(ran.relativeL2)
  })

  test('compare measures what train reported', async () => {
    const path = join(place('chosen'), 'config.json')
    const config = readConfig(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>, path)
    const trial = await runTrial(config, 'test', { io: silent, quiet: true }, new AbortController().signal)
    expect(trial).toMatchObject({ relativeL2: ran.relativeL2, validation: ran.lastSolve!.validation })
  })

  test('a run that is resumed from its first checkpoint ends with the same bits', async () => {
    await train('stopped')
    for (const file of ['checkpoint.safetensors', 'summary.json']) rmSync(join(place('stopped'), file))
    const again = await resultOf('resume', place('stopped'), '--quiet', '--json', '--no-figures')
    expect(again.lastSolve).toEqual(ran.lastSolve)
    expect(again.relativeL2).toBe(ran.relativeL2)
    expect(bitsOf('stopped', 'solved')).toBe(bitsOf('chosen', 'solved'))
  })
})

test('a run without solves has no last one', async () => {
  expect((await train('never', '--readout-solve', '0')).lastSolve).toBeUndefined()
  expect(existsSync(join(place('never'), 'solved.safetensors'))).toBe(false)
})

test('a run that keeps its best state keeps the untrained network where training makes it worse, and reports it', async () => {
  const more = ['--learning-rate', '3', '--steps', '3']
  const kept = await train('kept', ...more, '--patience', '2')
  expect(kept.lastSolve).toMatchObject({ untrained: true })
  expect(kept.relativeL2).toBe(kept['baselineRidge'])
  expect((await resultOf('evaluate', place('kept'), '--json', '--quiet')).relativeL2).toBe(kept.relativeL2)
  const text = settings.filter((word) => word !== '--json')
  const { out } = await run('train', ...text, ...more, '--patience', '2', '--out', place('told'))
  expect(out).toContain('the untrained network is kept: with a solved readout its validation error is below')
  const last = await train('last', ...more)
  expect(last.lastSolve ?? {}).not.toHaveProperty('untrained')
  expect(last.relativeL2).toBeGreaterThan(kept.relativeL2)
})
