/** `--check n`: a run that is right passes; one whose neuron has a derivative that does not fit is stopped. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { run, tiny } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-check-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const short = tiny.map((a, i) => (tiny[i - 1] === '--steps' ? '6' : a))

describe('--check', () => {
  test('passes, on another backend than the reference, and gives the numbers of a run without', async () => {
    const args = short.map((a) => (a === 'reference' ? 'cpu' : a))
    const checked = await run('train', 'parabola', ...args, '--check', '6', '--out', join(folder, 'checked'), '--json')
    const plain = await run('train', 'parabola', ...args, '--out', join(folder, 'plain'), '--json')
    expect([checked.code, checked.err]).toEqual([0, ''])
    const error = ({ out }: { out: string }): unknown => (JSON.parse(out) as { relativeL2: number }).relativeL2
    expect(error(checked)).toBe(error(plain))
  })

  test('stops at a neuron model whose derivative does not fit, with a code', async () => {
    const core = pathToFileURL(join(import.meta.dirname, '../../../../packages/core/src/index.ts')).href
    mkdirSync(join(folder, 'plugin'))
    const file = join(folder, 'plugin', 'index.mjs')
    writeFileSync(
      file,
      `import { add, customJvp, full, mul, sub, tanh } from '${core}'
       // Half of the derivative is missing.
       const charge = customJvp((u) => tanh(u), ([u], [du]) => [tanh(u), mul(0.5, mul(sub(1, mul(tanh(u), tanh(u))), du))])
       export const wrong = () => ({
         name: 'wrong',
         init: () => ({}),
         rest: (shape, dtype = 'f32') => ({ membrane: full(shape, 0, dtype) }),
         step: (_, { membrane }, x, spike) => {
           const u = charge(add(membrane, x))
           const s = spike(sub(u, 0.5))
           return { state: { membrane: sub(u, mul(s, 0.5)) }, output: s }
         },
       })`,
    )
    const args = ['train', 'parabola', ...short, '--neuron', `${file}#wrong`]
    const { code, err } = await run(...args, '--check', '6', '--out', join(folder, 'wrong'))
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/step 6: the derivative of the smoothed loss.*CHECK_DERIVATIVE/),
    ])
    expect((await run(...args, '--out', join(folder, 'unchecked'))).code).toBe(0)
  })

  test('refuses what is no number of steps', async () => {
    expect((await run('train', 'parabola', ...short, '--check', 'often')).code).toBe(2)
  })
})
