/** The last solve of the readouts, whose penalty the validation functions choose. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { jit, precisionOf, referenceBackend, toBackend } from '@spikeward/core'
import { decodeCheckpoint, encodeCheckpoint, restoreVariables } from '@spikeward/train'
import { buildParts, lastSolve, readConfig, runTrial, trainingEvents, untrainedOf } from '@spikeward/experiment'
import type { Io, TrainConfig } from '@spikeward/experiment'
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
const configOf = (name: string): TrainConfig => {
  const path = join(place(name), 'config.json')
  return readConfig(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>, path)
}
const summaryOf = (name: string): Result =>
  JSON.parse(readFileSync(join(place(name), 'summary.json'), 'utf8')) as Result
const trialOf = (config: TrainConfig, measure: 'validation' | 'test') =>
  runTrial(config, measure, { io: silent, quiet: true }, new AbortController().signal)
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

  test('ends with the penalty of least validation error among solves with a penalty each', async () => {
    const backend = referenceBackend()
    const snapshot = decodeCheckpoint(readFileSync(join(place('chosen'), 'checkpoint.safetensors')))
    const errors: { penalty: number; validation: number }[] = []
    for (const penalty of [1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]) {
      const config = { ...configOf('chosen'), readoutPenalty: penalty }
      const { experiment } = await buildParts(config, { io: silent, quiet: true })
      const variables = await restoreVariables(experiment.task, snapshot, { backend })
      const data = await toBackend(experiment.task.data(), backend)
      const solve = jit((v: typeof variables, d: typeof data) => experiment.callbacks[0]!.run(v, d, precisionOf(v)))
      const solved = { ...variables, trained: solve(variables, data) }
      errors.push({ penalty, validation: (await experiment.measure(solved, 'validation')).relativeL2 })
    }
    const [least, next] = errors.toSorted((a, b) => a.validation - b.validation)
    expect(ran.lastSolve!.penalty).toBe(least!.penalty)
    expect(ran.lastSolve!.validation).toBeCloseTo(least!.validation, 6)
    expect(next!.validation).toBeGreaterThan(least!.validation + 1e-6)
  })

  test('ends below the validation error of the usual penalty', () => {
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
    const trial = await trialOf(configOf('chosen'), 'test')
    expect(trial).toMatchObject({ relativeL2: ran.relativeL2, validation: ran.lastSolve!.validation })
  })

  test('a run that is resumed from its middle ends with the same bits, whatever last solve is there', async () => {
    await train('stopped')
    const config = configOf('stopped')
    const parts = await buildParts(config, { io: silent, quiet: true })
    const asked = { config, parts, backend: referenceBackend(), resume: null, communicator: null }
    for await (const event of trainingEvents(asked).events) {
      if (event.type !== 'checkpoint') continue
      expect(event.snapshot.step).toBe(3)
      for (const file of ['checkpoint', 'solved'])
        writeFileSync(join(place('stopped'), `${file}.safetensors`), encodeCheckpoint(event.snapshot))
      break
    }
    rmSync(join(place('stopped'), 'summary.json'))
    const again = await resultOf('resume', place('stopped'), '--quiet', '--json', '--no-figures')
    expect(again.lastSolve).toEqual(ran.lastSolve)
    expect(again.relativeL2).toBe(ran.relativeL2)
    expect(bitsOf('stopped', 'solved')).toBe(bitsOf('chosen', 'solved'))
    expect(bitsOf('stopped', 'checkpoint')).toBe(bitsOf('chosen', 'checkpoint'))
  })

  test('a readout without a baseline is not solved for several penalties after the training', async () => {
    const { experiment, ...others } = await buildParts(configOf('chosen'), { io: silent, quiet: true })
    const untrained = await untrainedOf({ experiment, ...others }, 0, referenceBackend())
    expect(await lastSolve(experiment, untrained)).not.toBeNull()
    expect(await lastSolve({ ...experiment, noBaseline: 'skipped' }, untrained)).toBeNull()
  })
})

test('a run without solves has no last one', async () => {
  expect((await train('never', '--readout-solve', '0')).lastSolve).toBeUndefined()
  expect(existsSync(join(place('never'), 'solved.safetensors'))).toBe(false)
})

test('a run that keeps its best state keeps the untrained network where training makes it worse, and reports it', async () => {
  const more = ['--learning-rate', '3', '--steps', '3']
  const file = join(place('kept'), 'solved.safetensors')
  const text = settings.filter((word) => word !== '--json')
  const told = await run('train', ...text, ...more, '--patience', '2', '--out', place('kept'))
  expect([told.code, told.err]).toEqual([0, ''])
  expect(told.out).toContain('the untrained network is kept: with a solved readout its validation error is below')
  const kept = summaryOf('kept')
  expect(kept.lastSolve).toMatchObject({ untrained: true })
  expect(kept.baselines).toMatchObject({ untrained: kept.relativeL2 })
  expect((await resultOf('evaluate', place('kept'), '--json', '--quiet')).relativeL2).toBe(kept.relativeL2)
  const { step, ...state } = decodeCheckpoint(readFileSync(file))
  expect(step).toBe(0)
  const last = await train('last', ...more)
  expect(last.lastSolve ?? {}).not.toHaveProperty('untrained')
  expect(last.relativeL2).toBeGreaterThan(kept.relativeL2)
  // A penalty that holds for all solves changes the training, and no state of it is better either.
  const given = await train('given', ...more, '--patience', '2', '--readout-penalty', '1e-2')
  expect(given).toMatchObject({ relativeL2: kept.relativeL2, lastSolve: kept.lastSolve })

  // A file that is not used may be damaged, and one that does not fit is named.
  writeFileSync(join(place('kept'), 'best.safetensors'), 'damaged')
  expect((await resultOf('evaluate', place('kept'), '--json', '--quiet')).relativeL2).toBe(kept.relativeL2)
  const [[missing]] = [...state.tensors] as [[string, unknown]]
  const tensors = new Map([...state.tensors].filter(([path]) => path !== missing))
  writeFileSync(file, encodeCheckpoint({ ...state, step, tensors }))
  expect((await run('evaluate', place('kept'), '--json', '--quiet')).err).toContain('solved.safetensors: ')
})

test('only a run that may solve its readouts after the last step names the time of it', () => {
  expect(summaryOf('never')['besides']).not.toHaveProperty('last readout solve')
  expect(summaryOf('chosen')['besides']).toHaveProperty('last readout solve')
})
