/**
 * A user's own equations on the command line: without a known solution, on a reference file, with unknown coefficients.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeNpy } from '@spikeward/problems/node'
import { afterAll, expect, test } from 'vitest'
import { type Ran, run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-equation-'))
const place = (name: string): string => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = fileURLToPath(new URL('../fixtures/equation.ts', import.meta.url))
const dense =
  '--backend reference --spiking none --hidden 5 --collocation 8 --estimator gaussNewton --derivative stencil --quiet --no-figures'.split(
    ' ',
  )
const train = (name: string, steps: number): Promise<Ran> =>
  run('train', '--problem', `${file}#${name}`, ...dense, '--steps', `${steps}`, '--out', place(name), '--json')
const resultOf = ({ out }: Ran): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>

const write = (name: string, shape: readonly number[], data: readonly number[]): void =>
  writeFileSync(place(`${name}.npy`), encodeNpy({ shape, data: Float64Array.from(data) }))

test('a residual is compared with that of a network that is 0 everywhere, after a hard condition if the run has one', async () => {
  const path = place('bent.json')
  const bent = { axes: { x: [0, 1] }, equations: ['u_xx = 3'], conditions: [{ dirichlet: { u: 0.5 } }] }
  writeFileSync(path, JSON.stringify({ name: 'bent', ...bent, hard: { u: '0.5 + 2*x*(x - 1) + x*(1 - x)*u' } }))
  const zero = async (...more: readonly string[]): Promise<unknown> =>
    resultOf(await run('train', path, ...dense, '--steps', '1', '--out', place('bent'), '--force', '--json', ...more))[
      'residualOfZero'
    ]
  // u = 0: the residual is -3, and that of each of two conditions is -0.5.
  expect(await zero('--no-hard')).toBeCloseTo(Math.sqrt(9 + 2 * 0.25), 4)
  // u = 0.5 + 2x(x - 1): the residual is 1.
  expect(await zero()).toBeCloseTo(1, 2)
})

test('a note names the part of the boundary that has no condition, unless the run is quiet', async () => {
  const path = place('open.json')
  const open = { axes: { x: [0, 1] }, equations: ['u_xx = 3'], conditions: [{ dirichlet: { u: 0 }, on: ['x = 0'] }] }
  writeFileSync(path, JSON.stringify({ name: 'open', ...open }))
  const told = async (flags: readonly string[]): Promise<string> =>
    (await run('train', path, ...flags, '--steps', '1', '--out', place('open'), '--force')).err
  expect(await told(dense.filter((flag) => flag !== '--quiet'))).toMatch(/\nnote: no condition holds on 'x = 1'; /)
  expect(await told(dense)).toBe('')
})

test('an equation without a known solution trains, and is measured on a reference file: a grid, or a list of points', async () => {
  const ran = await train('bistable', 3)
  expect([ran.code, ran.err]).toEqual([0, ''])
  expect(resultOf(ran)).toMatchObject({ relativeL2: null, baselines: { untrained: null }, steps: 3 })
  const residual = resultOf(ran)['residual'] as number
  expect(residual).toBeGreaterThan(0)
  // The output for people names what was measured in place of an error.
  const told = await run('evaluate', place('bistable'))
  expect(told.out).toMatch(new RegExp(`residual and conditions .* ${residual.toFixed(4)}\\n`))
  expect(told.out).not.toContain('relative L2')
  const ofZero = resultOf(ran)['residualOfZero'] as number
  expect(told.out).toMatch(new RegExp(`the same of a network that is 0 everywhere +${ofZero.toFixed(4)}\\n`))
  // The picture of the solution needs no other solution.
  expect((await run('evaluate', place('bistable'), '--figure')).code).toBe(0)
  const svg = readFileSync(place('bistable/evaluation.svg'), 'utf8')
  expect([svg.includes('>prediction<'), svg.includes('>target<')]).toEqual([true, false])

  const x = [-1, -0.5, 0, 0.5, 1]
  const t = [0, 0.25]
  const value = (a: number, b: number): number => 0.5 * Math.cos((Math.PI * a) / 2) * Math.exp(-3 * b)
  write('x', [5], x)
  write('t', [1, 2], t)
  write(
    'usol',
    [5, 2],
    x.flatMap((a) => t.map((b) => value(a, b))),
  )
  const coords = `x.npy#x,t.npy#t`
  const measure = (...args: readonly string[]): Promise<Ran> => run('evaluate', place('bistable'), '--json', ...args)
  const grid = await measure('--data', place('usol.npy'), '--outputs', 'usol', '--coords', coords)
  expect([grid.code, grid.err]).toEqual([0, ''])
  const error = resultOf(grid)['relativeL2'] as number
  expect(error).toBeGreaterThan(0)

  write(
    'places',
    [10, 2],
    x.flatMap((a) => t.flatMap((b) => [a, b])),
  )
  const list = await measure('--data', place('usol.npy'), '--outputs', 'usol', '--coords', 'places.npy#places')
  expect(resultOf(list)['relativeL2']).toBeCloseTo(error, 9)

  write(
    'turned',
    [2, 5],
    t.flatMap((b) => x.map((a) => value(a, b))),
  )
  const turned = await measure('--data', place('turned.npy'), '--outputs', 'turned', '--coords', coords)
  expect([turned.code, turned.err]).toEqual([2, expect.stringMatching(/expected .*\[5 × 2\].*found: turned \[2 × 5\]/)])
  write(
    'flat',
    [10],
    x.flatMap((a) => t.map((b) => value(a, b))),
  )
  const flat = await measure('--data', place('flat.npy'), '--outputs', 'flat', '--coords', coords)
  expect(resultOf(flat)['relativeL2']).toBe(error)

  const missing = await measure('--data', place('usol.npy'), '--outputs', 'usol')
  expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('--coords')])
  const wrong = await measure('--data', place('x.npy'), '--outputs', 'x', '--coords', coords)
  expect([wrong.code, wrong.err]).toEqual([expect.any(Number), expect.stringContaining('[5 × 2]')])
  const learned = await run('train', '--problem', `${file}#bistable`, ...dense, '--loss', 'data', '--out', place('no'))
  expect([learned.code, learned.err]).toEqual([2, expect.stringContaining('--loss physics')])
})

test('unknown coefficients are found with the solution, and reported', async () => {
  const ran = await train('slope', 40)
  expect([ran.code, ran.err]).toEqual([0, ''])
  const { coefficients } = resultOf(ran) as { coefficients: { k: number } }
  expect(Math.abs(coefficients.k - 2)).toBeLessThan(0.1)
  const again = await run('evaluate', place('slope'))
  expect(again.out).toMatch(/coefficient k +2\.0|coefficient k +1\.9/)
})

test('points and weights adapt to the residual where --refine names how, and its text is checked', async () => {
  const refine = (text: string, name: string): Promise<Ran> =>
    run('train', 'heat-1d', ...dense, '--refine', text, '--steps', '3', '--out', place(name), '--json')
  const ran = await refine('rad(every=2, candidates=2), causal(every=2)', 'refined')
  expect([ran.code, ran.err]).toEqual([0, ''])
  expect(readFileSync(join(place('refined'), 'config.json'), 'utf8')).toContain('rad(every=2')
  const plain = await run('train', 'heat-1d', ...dense, '--steps', '3', '--out', place('plain'), '--json')
  expect(resultOf(plain)['relativeL2']).not.toBe(resultOf(ran)['relativeL2'])
  const unknown = await refine('rat', 'rat')
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('rad')])
  const twice = await refine('rad, rad', 'twice')
  expect(twice.code).not.toBe(0)
  expect(twice.err).toContain('both choose the points')
})
