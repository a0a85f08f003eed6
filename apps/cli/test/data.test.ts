/** The user's own data: in training, in measuring, in prediction; and errors in a file. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { encodeNpy, openDataFile, writeShard } from '@spikeward/problems/node'
import { decodeCheckpoint } from '@spikeward/train'
import { type Ran, run } from './fakeIo.js'

type Measured = {
  readonly relativeL2: number
  readonly relativeL2Pooled: number
  readonly baselines: { readonly untrained: number }
}

const folder = mkdtempSync(join(tmpdir(), 'spikeward-own-'))
const place = (name: string): string => join(folder, name)
vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const small =
  '--backend reference --branch 6 --trunk 5 --features 3 --time 2 --batch 4 --directions 1 --steps 4 --quiet --no-figures'
const train = (...args: string[]) => run('train', ...args, ...small.split(' '))
const loud = small.split(' ').filter((word) => word !== '--quiet')

/** Pairs of functions: f at `sensors` points, u = f / 2 at `points` points. */
function pairs(functions: number, sensors: number, points: number): { f: Float64Array; u: Float64Array } {
  const value = (i: number, x: number): number => Math.sin((1 + i) * x) + i / functions
  const grid = (n: number, scale: number): Float64Array =>
    Float64Array.from({ length: functions * n }, (_, k) => scale * value(Math.floor(k / n), (k % n) / (n - 1)))
  return { f: grid(sensors, 1), u: grid(points, 0.5) }
}

/** A CSV file with columns f_0, f_1, …, u_0, u_1, …. */
function csv(name: string, functions: number, sensors: number, points: number): string {
  const { f, u } = pairs(functions, sensors, points)
  const names = (what: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${what}_${i}`)
  const rows = Array.from({ length: functions }, (_, i) =>
    [...f.subarray(i * sensors, (i + 1) * sensors), ...u.subarray(i * points, (i + 1) * points)].join(','),
  )
  writeFileSync(place(name), [[...names('f', sensors), ...names('u', points)].join(','), ...rows].join('\n'))
  return place(name)
}

let own = ''
/** The output of a run on these data. */
let tried: Ran
beforeAll(async () => {
  own = csv('own.csv', 20, 9, 7)
  const { f, u } = pairs(20, 9, 9)
  writeFileSync(place('f.npy'), encodeNpy({ shape: [20, 9], data: f }))
  writeFileSync(place('u.npy'), encodeNpy({ shape: [20, 9], data: u }))
  tried = await run('train', '--data', own, '--inputs', 'f', '--outputs', 'u', '--out', place('own'), ...loud)
  expect(tried.code).toBe(0)
  const sizes = ['--sizes', '12,4,6', '--sensors', '9']
  expect((await train('poisson-1d', ...sizes, '--out', place('line'), '--json')).code).toBe(0)
})

describe('own data', () => {
  test('are learned from without naming a problem, and say which file they came from', async () => {
    const config = JSON.parse(readFileSync(join(place('own'), 'config.json'), 'utf8')) as Record<string, unknown>
    expect(config).toMatchObject({ problem: 'own', data: own, inputs: 'f', outputs: 'u', coords: null })
    const { out } = await run('evaluate', place('own'), '--json')
    const trained = JSON.parse(readFileSync(join(place('own'), 'summary.json'), 'utf8')) as Record<string, unknown>
    const { relativeL2 } = JSON.parse(out) as Record<string, unknown>
    expect(relativeL2).toBe(trained['relativeL2'])
  })

  test('in a folder of shards give the same bits as in one file, and are recognised', async () => {
    const { f, u } = pairs(20, 9, 7)
    const part = (from: Float64Array, width: number, at: number) => ({
      shape: [5, width],
      data: Float32Array.from(from.subarray(5 * at * width, 5 * (at + 1) * width)),
    })
    const single = (from: Float64Array) => Float64Array.from(Float32Array.from(from))
    for (let i = 0; i < 4; i++) await writeShard(place('shards'), i, { inputs: part(f, 9, i), outputs: part(u, 7, i) })
    writeFileSync(place('inputs.npy'), encodeNpy({ shape: [20, 9], data: single(f) }))
    writeFileSync(place('outputs.npy'), encodeNpy({ shape: [20, 7], data: single(u) }))
    const file = ['--data', place('inputs.npy'), '--inputs', 'inputs', '--outputs', 'outputs.npy#outputs']
    const [one, many] = [place('in-one'), place('in-shards')]
    const same = ['--no-trial', '--shares', 'none', '--json', '--out']
    expect(await train(...file, ...same, one)).toMatchObject({ code: 0, err: '' })
    const ran = await train('--data', place('shards'), ...same, many)
    expect([ran.code, ran.err]).toEqual([0, ''])
    const last = (at: string) => decodeCheckpoint(readFileSync(join(at, 'checkpoint.safetensors'))).tensors
    expect(last(many)).toEqual(last(one))
    await writeShard(place('shards'), 3, { inputs: part(f, 9, 0), outputs: part(u, 7, 3) })
    expect((await run('evaluate', many)).err).toContain('was changed since the run began')
  })

  test('may have several outputs: readouts are still solved, and the untrained network is measured', async () => {
    const { f, u } = pairs(20, 9, 8)
    writeFileSync(place('in.npy'), encodeNpy({ shape: [20, 9], data: f }))
    writeFileSync(place('two.npy'), encodeNpy({ shape: [20, 4, 2], data: u }))
    writeFileSync(place('x.npy'), encodeNpy({ shape: [4], data: Float64Array.of(0, 1, 2, 3) }))
    const args = ['--data', place('in.npy'), '--inputs', 'in', '--outputs', 'two.npy#two', '--coords', 'x.npy#x']
    const ran = await train(...args, '--no-trial', '--readout-solve', '2', '--out', place('two'), '--json')
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect((JSON.parse(ran.out) as Measured).baselines.untrained).toBeGreaterThan(0)
  })

  test('have the settings left open chosen by a trial on validation functions, which says what it chose', () => {
    const said =
      /amplitude, untrained: +none (\S+), divide ([^\s;]+)(?:; readout penalty (\S+))?\n +estimator, after steps: +(.*)\n/.exec(
        tried.err,
      )
    const errors = (said?.[4] ?? '').split(', ').map((one) => one.split(' ') as [string, string])
    const best = errors.toSorted((a, b) => Number(a[1]) - Number(b[1]))[0]?.[0]
    const config = JSON.parse(readFileSync(join(place('own'), 'config.json'), 'utf8')) as Record<string, unknown>
    expect(config).toMatchObject({
      amplitude: Number(said?.[1]) <= Number(said?.[2]) ? 'none' : 'divide',
      readoutPenalty: said?.[3] === undefined ? null : Number(said[3]),
      patience: 6,
    })
    expect(config['readoutPenalty'] ?? 1).toBeGreaterThan(1e-4)
    expect(errors.map(([name]) => name)).toContain(config['estimator'])
    expect(errors.find(([name]) => name === config['estimator'])?.[1]).toBe(errors.find(([name]) => name === best)?.[1])
    expect(tried.err).toContain(
      `chosen: --estimator ${String(config['estimator'])} --spiking ${String(config['spiking'])} --amplitude`,
    )
    const [, ...parts] = /spiking, after steps: +branch,trunk (\S+), branch (\S+), trunk (\S+)\n/.exec(tried.err) ?? []
    const least = Math.min(...parts.map(Number))
    expect(parts.map(Number)[['branch,trunk', 'branch', 'trunk'].indexOf(String(config['spiking']))]).toBe(least)
    const { trials } = JSON.parse(readFileSync(join(place('own'), 'summary.json'), 'utf8')) as {
      readonly trials: readonly { readonly setting: string; readonly candidate: string; readonly validation: number }[]
    }
    const stored = trials.filter(({ setting }) => setting === 'estimator')
    expect(stored.map(({ candidate, validation }) => [candidate, validation.toFixed(4)])).toEqual(
      errors.map(([name, error]) => [name, Number(error).toFixed(4)]),
    )
    // The run kept the untrained network: its advice knows of the trial, and names no other estimator.
    expect(tried.out).toMatch(/train for more steps, of which the trial of the estimators takes a quarter/)
  })

  test('have the network chosen too, unless it or an option that it lacks is given', async () => {
    const args = ['--data', own, '--inputs', 'f', '--outputs', 'u', '--branch', '6', '--time', '4', '--steps', '4']
    const sized = [...args, '--features', '3']
    const few = ['--batch', '4', '--backend', 'reference', '--no-figures']
    const ran = await run('train', ...sized, ...few, '--out', place('networks'))
    expect(ran.code).toBe(0)
    const [, first, second] = /network, after steps: +deeponet (\S+), pod-deeponet (\S+)\n/.exec(ran.err) ?? []
    const { network } = JSON.parse(readFileSync(join(place('networks'), 'config.json'), 'utf8')) as { network: string }
    expect(network).toBe(Number(first) <= Number(second) ? 'deeponet' : 'pod-deeponet')
    expect(ran.err).toContain(` --network ${network} `)
    const given = await run('train', ...sized, ...few, '--trunk', '6', '--out', place('trunk'))
    expect([given.code, given.err]).toEqual([0, expect.not.stringContaining('pod-deeponet')])
    // A basis of 20 modes needs more functions.
    const refused = await run('train', ...args, ...few, '--out', place('modes'))
    expect([refused.code, refused.err]).toEqual([
      0,
      expect.stringMatching(/network pod-deeponet +does not suit this run/),
    ])
  })

  test('on a grid have networks on a grid among those, with an estimator of their own', async () => {
    const x = Float64Array.from({ length: 8 }, (_, i) => i / 8)
    const { f, u } = pairs(20, 64, 64)
    for (const [name, shape, data] of [
      ['square', [20, 8, 8], f],
      ['answer', [20, 8, 8], u],
      ['side', [8], x],
    ] as const)
      writeFileSync(place(`${name}.npy`), encodeNpy({ shape: [...shape], data }))
    const grid = ['--coords', 'side.npy#side,side.npy#side']
    const args = ['--data', place('square.npy'), '--inputs', 'square', '--outputs', 'answer.npy#answer', ...grid]
    const few = ['--time', '2', '--steps', '2', '--batch', '4', '--backend', 'reference', '--no-figures']
    const ran = await run('train', ...args, ...few, '--out', place('grid'))
    expect([ran.code, ran.err]).toEqual([0, expect.stringMatching(/network, after steps: .*fno \S+, graph \S+\n/)])
    const named = await run('train', ...args, ...few, '--network', 'fno', '--out', place('grid-fno'))
    expect([named.code, named.err]).toEqual([0, expect.not.stringContaining('pod-deeponet')])
  })

  test('are trained as given where everything is given, and without trials on request', async () => {
    const args = ['--data', own, '--inputs', 'f', '--outputs', 'u', '--no-trial', '--patience', '0']
    const ran = await run('train', ...args, '--estimator', 'eligibility', '--out', place('untried'), ...loud)
    expect(ran.code).toBe(0)
    expect(ran.err).not.toContain('trial')
    const config = JSON.parse(readFileSync(join(place('untried'), 'config.json'), 'utf8')) as Record<string, unknown>
    expect(config).toMatchObject({ estimator: 'eligibility', amplitude: 'none', patience: null, readoutPenalty: null })
    expect(existsSync(join(place('untried'), 'best.safetensors'))).toBe(false)
  })

  test('evaluate says that a file is the one of the training, and stays silent about another', async () => {
    const names = ['--inputs', 'f', '--outputs', 'u']
    const { err } = await run('evaluate', place('own'), '--data', own, ...names)
    expect(err).toMatch(/trained on this file: 14 of its 20 functions are training data and 2 chose the settings/)
    const other = await run('evaluate', place('own'), '--data', csv('other-own.csv', 11, 9, 7), ...names)
    expect(other.err).toBe('')
  })

  test('leave the best state beside the last; evaluate measures either', async () => {
    const { out } = await run('evaluate', place('own'), '--json')
    const last = await run('evaluate', place('own'), '--last', '--json')
    const lines = readFileSync(join(place('own'), 'metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
    const validations = lines
      .map((line) => JSON.parse(line) as { step: number; relativeL2?: number })
      .filter((line) => line.relativeL2 !== undefined)
    const best = validations.reduce((a, b) => ((b.relativeL2 ?? 0) < (a.relativeL2 ?? 0) ? b : a))
    expect(decodeCheckpoint(readFileSync(join(place('own'), 'best.safetensors'))).step).toBe(best.step)
    const { lastSolve } = JSON.parse(readFileSync(join(place('own'), 'summary.json'), 'utf8')) as {
      lastSolve?: { untrained?: true }
    }
    expect(JSON.parse(out)).toMatchObject({ steps: lastSolve?.untrained ? 0 : best.step })
    expect(JSON.parse(last.out)).toMatchObject({ steps: validations.at(-1)?.step })
  })

  test('that are scarce make a smaller batch, with a note', async () => {
    const args = ['--data', own, '--inputs', 'f', '--outputs', 'u', '--no-trial', '--out', place('few'), '--quiet']
    const ran = await run(
      'train',
      ...args,
      ...small
        .replace('--batch 4', '')
        .split(' ')
        .filter((a) => a !== ''),
    )
    expect([ran.code, ran.err]).toEqual([
      0,
      'note: 14 training functions; the batch is reduced from 32 to that number\n',
    ])
  })

  test('take the place of the functions that a problem draws; several files go together', async () => {
    const args = ['poisson-1d', '--sensors', '9', '--data', place('f.npy'), '--inputs', 'f', '--outputs', 'u.npy#u']
    const ran = await train(...args, '--loss', 'hybrid', '--collocation', '4', '--out', place('mixed'), '--json')
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(JSON.parse(ran.out)).toMatchObject({ problem: 'poisson-1d' })
  })

  test('are measured on by evaluate, all of them, beside the untrained network', async () => {
    const args = ['--data', place('f.npy'), '--inputs', 'f', '--outputs', 'u.npy#u']
    const { code, out } = await run('evaluate', place('line'), ...args, '--json')
    expect(code).toBe(0)
    const errors = (text: string): readonly number[] => {
      const { relativeL2, relativeL2Pooled, baselines } = JSON.parse(text) as Measured
      return [relativeL2, relativeL2Pooled, baselines.untrained]
    }
    const usual = errors((await run('evaluate', place('line'), '--json')).out)
    for (const [i, error] of errors(out).entries()) {
      expect(error).toBeGreaterThan(0)
      expect(error).not.toBe(usual[i])
    }
    expect((await run('evaluate', place('line'), ...args)).out).toContain(`on the functions of ${place('f.npy')}`)
  })

  test('may not change during a run', async () => {
    const path = csv('moving.csv', 20, 9, 7)
    const args = ['--data', path, '--inputs', 'f', '--outputs', 'u', '--no-trial', '--out', place('moving')]
    expect((await train(...args)).code).toBe(0)
    csv('moving.csv', 21, 9, 7)
    const { code, err } = await run('evaluate', place('moving'))
    expect([code, err]).toEqual([2, expect.stringMatching(/moving\.csv was changed since the run began/)])
  })
})

describe('what is wrong with a file', () => {
  beforeAll(() => {
    writeFileSync(place('cut.npy'), readFileSync(place('f.npy')).subarray(0, 300))
    writeFileSync(place('text.mat'), 'this is no MAT-file')
    writeFileSync(place('gap.csv'), 'f_0,f_1,u_0,u_1\n1,2,3,1\n4,nan,6,1\n')
  })

  test.each([
    ['no-such.csv', 'f', 'u', 2, /no-such\.csv: there is no such file/],
    ['own.csv', 'g', 'u', 2, /no array "g"; it has: .*f \[20 × 9\].*u \[20 × 7\]/],
    ['own.csv', 'f', null, 2, /--data needs --inputs and --outputs.*has: .*f \[20 × 9\]/],
    ['cut.npy', 'cut', 'cut', 1, /cut\.npy: .*truncated or damaged[^]*\[DATA_CORRUPT\]/],
    ['text.mat', 'f', 'u', 1, /text\.mat: it does not begin as a MAT-file does/],
    ['gap.csv', 'f', 'u', 1, /"f" holds NaN at \[1, 1\]/],
  ])('%s with inputs %s and outputs %s', async (name, inputs, outputs, code, message) => {
    const named = ['--inputs', inputs, ...(outputs === null ? [] : ['--outputs', outputs])]
    const ran = await train('--data', place(name), ...named, '--out', place('wrong'))
    expect(ran.err).toMatch(message)
    expect(ran.code).toBe(code)
    expect(existsSync(place('wrong'))).toBe(false)
  })

  test.each([
    [
      ['--inputs', 'f', '--outputs', 'u'],
      /expected inputs of \[functions × 51 sensors\], as poisson-1d has; found: "f" is \[20 × 9\]/,
    ],
    [
      ['--sensors', '9', '--inputs', 'f', '--outputs', 'u'],
      /expected outputs of \[functions × 9\], or --coords, as poisson-1d has; found: "u" is \[20 × 7\]/,
    ],
  ])('a shape that the problem does not have: %j', async (args, message) => {
    const ran = await train('poisson-1d', ...args, '--data', own, '--out', place('wrong'))
    expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(message)])
    expect(existsSync(place('wrong'))).toBe(false)
  })

  test('evaluate and predict refuse it too', async () => {
    const shape = await run('evaluate', place('line'), '--data', own, '--inputs', 'f', '--outputs', 'u')
    expect([shape.code, shape.err]).toEqual([2, expect.stringMatching(/found: "u" is \[20 × 7\]/)])
    const name = await run('predict', place('line'), '--data', own, '--inputs', 'g', '--out', place('p.csv'))
    expect([name.code, name.err]).toEqual([2, expect.stringMatching(/no array "g"/)])
    const several = await run('predict', place('line'), '--data', own, '--out', place('p.csv'))
    expect([several.code, several.err]).toEqual([2, expect.stringMatching(/several arrays; name one with --inputs/)])
    expect(existsSync(place('p.csv'))).toBe(false)
  })
})

describe('predict', () => {
  test('writes the prediction for functions of a file, equally as .npy, .csv and .json', async () => {
    for (const kind of ['npy', 'csv', 'json']) {
      const ran = await run(
        'predict',
        place('line'),
        '--data',
        place('f.npy'),
        '--out',
        place(`p/${kind}.${kind}`),
        '--json',
      )
      expect([ran.code, ran.err]).toEqual([0, ''])
      expect(JSON.parse(ran.out)).toMatchObject({ functions: 20, grid: [9], outputs: 1, relativeL2: null })
    }
    const npy = await (await openDataFile(place('p/npy.npy'))).read('npy')
    expect(npy.shape).toEqual([20, 9])
    const csvFile = await openDataFile(place('p/csv.csv'))
    expect([...csvFile.names.keys()]).toEqual(['function', 'x', 'u'])
    expect([...(await csvFile.read('u')).data]).toEqual([...npy.data].map((v) => v + 0))
    const json = JSON.parse(readFileSync(place('p/json.json'), 'utf8')) as Record<string, unknown>
    expect(json).toMatchObject({
      shape: [20, 9],
      axes: ['x'],
      values: [...npy.data].map((v) => v + 0),
      reference: null,
    })
    expect(readdirSync(place('p')).sort()).toEqual(['csv.csv', 'json.json', 'npy.npy'])
  })

  test('of an expression is compared with the reference solver', async () => {
    const ran = await run('predict', place('line'), '--function', 'pi^2*sin(pi*x)', '--out', place('e.json'), '--json')
    expect(ran.err).toBe('')
    const { reference } = JSON.parse(readFileSync(place('e.json'), 'utf8')) as { reference: number[] }
    // −u″ = π² sin πx on [−1, 1] has the solution sin πx.
    const exact = Array.from({ length: 9 }, (_, i) => Math.sin(Math.PI * (-1 + i / 4)))
    reference.forEach((v, i) => expect(v).toBeCloseTo(exact[i] ?? Number.NaN, 3))
    expect((JSON.parse(ran.out) as { relativeL2: number }).relativeL2).toBeGreaterThan(0)
  })

  test('of a random function depends on its key', async () => {
    const values: string[] = []
    for (const key of ['key:1', 'key:2', 'key:1']) {
      await run('predict', place('line'), '--function', key, '--out', place('k.csv'), '--force')
      values.push(readFileSync(place('k.csv'), 'utf8'))
    }
    expect(values[0]).toBe(values[2])
    expect(values[0]).not.toBe(values[1])
  })

  test('of a function of points takes points', async () => {
    const args = '--backend reference --hidden 6 --time 4 --batch 8 --steps 4 --quiet --no-figures'.split(' ')
    expect((await run('train', 'parabola', ...args, '--out', place('parabola'))).code).toBe(0)
    writeFileSync(place('x.csv'), 'x\n-0.5\n0\n0.5\n')
    const { out } = await run('predict', place('parabola'), '--data', place('x.csv'), '--out', place('y.csv'), '--json')
    expect(JSON.parse(out)).toMatchObject({ grid: [3], outputs: 1 })
    expect(readFileSync(place('y.csv'), 'utf8').split('\n')[0]).toBe('x,u')
  })

  test('takes points of several coordinates from as many columns; one column of them is no point', async () => {
    const sizes = '--train 4 --validation 8 --test 5 --backend reference --hidden 6 --time 4 --batch 8 --steps 4'
    const args = [...sizes.split(' '), '--quiet', '--no-figures']
    expect((await run('train', 'mexican-hat', ...args, '--out', place('hat'))).code).toBe(0)
    writeFileSync(place('xy.csv'), '0,0\n0.5,-0.5\n')
    const points = ['predict', place('hat'), '--data', place('xy.csv'), '--out', place('hat.csv')]
    expect((await run(...points)).code).toBe(0)
    expect(readFileSync(place('hat.csv'), 'utf8').trim().split('\n')).toHaveLength(3)
    const column = await run(...points, '--force', '--inputs', '1')
    expect([column.code, column.err]).toEqual([2, expect.stringMatching(/expected points of \[points × 2\]/)])
  })

  test.each([
    [['--out', 'x.csv'], /either --data or --function/],
    [['--function', 'sin(x', '--out', 'x.csv'], /expected "\)"/],
    [['--function', 'sin(y)', '--out', 'x.csv'], /there is no "y"; variables: x/],
    [['--function', '1/x', '--out', 'x.csv'], /not finite at every sensor/],
    [['--function', 'key:-1', '--out', 'x.csv'], /from 0 to/],
    [['--function', 'x', '--out', 'x.png'], /written as \.npy, \.csv, \.json/],
    [['--function', 'x', '--out', '/proc/none/x.csv'], /cannot be written: /],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await run('predict', place('line'), ...args)
    expect([code, err]).toEqual([2, expect.stringMatching(message)])
    expect(existsSync('x.csv')).toBe(false)
  })

  test('overwrites nothing without --force', async () => {
    writeFileSync(place('mine.csv'), 'mine')
    const { code, err } = await run('predict', place('line'), '--function', 'x', '--out', place('mine.csv'))
    expect([code, err]).toEqual([2, expect.stringMatching(/already exists; nothing was overwritten/)])
    expect(readFileSync(place('mine.csv'), 'utf8')).toBe('mine')
  })
})
