/**
 * Operators of several input functions on the command line: a problem that has two, and a user's own data with two
 * outputs.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeNpy } from '@spikeward/problems/node'
import { afterAll, expect, test, vi } from 'vitest'
import { type Ran, run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-functions-'))
const place = (name: string): string => join(folder, name)
vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const small =
  '--backend reference --network mionet --spiking branch --branch 6 --trunk 5 --features 3 --time 4 --batch 4 --directions 1 --steps 4 --quiet'.split(
    ' ',
  )
const problem = '--sizes 8,3,4 --sensors 9 --resolution 5'.split(' ')
const resultOf = ({ out }: Ran): Record<string, unknown> =>
  JSON.parse(out.trim().split('\n').at(-1)!) as Record<string, unknown>
const write = (name: string, shape: readonly number[], data: readonly number[]): void =>
  writeFileSync(place(`${name}.npy`), encodeNpy({ shape, data: Float64Array.from(data) }))

test('a problem of two input functions trains, evaluates, draws and predicts', async () => {
  const out = place('two')
  const ran = await run('train', 'advection-diffusion', ...small, ...problem, '--out', out)
  expect([ran.code, ran.err]).toEqual([0, ''])
  expect(ran.out).toMatch(/ridge readout +\d+\.\d+\n/)
  expect(existsSync(join(out, 'result.svg'))).toBe(true)
  const { relativeL2 } = resultOf(await run('evaluate', out, '--json'))
  const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Record<string, unknown>
  expect(relativeL2).toBe(summary['relativeL2'])

  const predicted = place('predicted.json')
  const formula = '2*pi*cos(2*pi*x);sin(2*pi*x)'
  const told = await run('predict', out, '--function', formula, '--out', predicted, '--json')
  expect([told.code, told.err]).toEqual([0, ''])
  expect(resultOf(told)).toMatchObject({ functions: 1, grid: [5, 5], relativeL2: expect.any(Number) as number })
  const one = await run('predict', out, '--function', 'sin(2*pi*x)', '--out', place('one.json'))
  expect(one.err).toMatch(/has 2 input functions: give one for each of f, u0.*CLI_EXPRESSION/)

  const sensors = Array.from({ length: 9 }, (_, i) => i / 8)
  write(
    'f',
    [1, 9],
    sensors.map((x) => 2 * Math.PI * Math.cos(2 * Math.PI * x)),
  )
  write(
    'u0',
    [1, 9],
    sensors.map((x) => Math.sin(2 * Math.PI * x)),
  )
  const file = place('same.json')
  const same = await run('predict', out, '--data', place('f.npy'), '--inputs', 'f+u0.npy#u0', '--out', file)
  expect([same.code, same.err]).toEqual([0, ''])
  const valuesIn = (path: string): unknown => (JSON.parse(readFileSync(path, 'utf8')) as { values: unknown }).values
  expect(valuesIn(file)).toEqual(valuesIn(predicted))
})

test('one branch of both functions learns the same problem, from the equation too', async () => {
  const args = [...small.map((a) => (a === 'mionet' ? 'deeponet' : a)), ...problem, '--no-figures']
  const ran = await run(
    'train',
    'advection-diffusion',
    ...args,
    '--loss',
    'hybrid',
    '--collocation',
    '6',
    '--out',
    place('both'),
  )
  expect([ran.code, ran.err]).toEqual([0, ''])
})

test('own data of two input functions and two outputs', async () => {
  const [n, x] = [20, [0, 0.5, 1]]
  const amounts = Array.from({ length: n }, (_, i) => [Math.sin(i), Math.cos(2 * i)] as const)
  write(
    'p',
    [n, 4],
    amounts.flatMap(([a]) => [a, a, a, a]),
  )
  write(
    'q',
    [n, 3],
    amounts.flatMap(([, b]) => [b, 0, b]),
  )
  write('x', [3], x)
  write(
    'u',
    [n, 3, 2],
    amounts.flatMap(([a, b]) => x.flatMap((at) => [a * at, a + b * at])),
  )
  const own = ['--data', place('p.npy'), '--inputs', 'p+q.npy#q', '--outputs', 'u.npy#u', '--coords', 'x.npy#x']
  const ran = await run('train', ...own, ...small, '--no-trial', '--no-figures', '--out', place('own'))
  expect([ran.code, ran.err]).toEqual([0, ''])
  const measured = await run('evaluate', place('own'), ...own, '--json')
  expect([measured.code, resultOf(measured)['relativeL2']]).toEqual([0, expect.any(Number)])

  const out = place('own.npy')
  const data = ['--data', place('p.npy'), '--inputs', 'p+q.npy#q', '--out', out, '--json']
  const predicted = await run('predict', place('own'), ...data)
  expect([predicted.code, predicted.err]).toEqual([0, ''])
  // The header of a .npy file states its shape.
  expect(readFileSync(out, 'latin1')).toContain(`'shape': (${n}, 3, 2)`)
  expect((await run('evaluate', place('own'), '--figure')).code).toBe(0)
  const svg = readFileSync(join(place('own'), 'evaluation.svg'), 'utf8')
  expect(svg.match(/>output /g)).toHaveLength(2)

  const more = await run('train', ...own, ...small, '--no-trial', '--amplitude', 'tell', '--out', place('tell'))
  expect(more.err).toMatch(/--amplitude tell .* a branch for each input function/)
  const uneven = own.map((a) => (a === 'p+q.npy#q' ? 'p+x.npy#x' : a))
  expect((await run('train', ...uneven, ...small, '--no-trial', '--out', place('uneven'))).err).toMatch(/DATA_SHAPE/)
})
