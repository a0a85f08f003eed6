/** `--check n`: a run that is right passes; one whose neuron has a derivative that does not fit is stopped. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { run, tiny } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-check-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const short = tiny.map((a, i) => (tiny[i - 1] === '--steps' ? '6' : a))

/** A neuron model half of whose derivative is missing, in a file. */
function wrongNeuron(): string {
  const core = join(import.meta.dirname, '../../../../packages/core/dist/index.js')
  mkdirSync(join(folder, 'plugin'), { recursive: true })
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
  return `${file}#wrong`
}

/** Runs of the other kinds. */
const kinds: readonly (readonly [string, string])[] = [
  [
    'an operator',
    'poisson-1d --sizes 12,4,6 --sensors 9 --branch 6 --trunk 5 --features 3 --time 4 --batch 4 --directions 1',
  ],
  ['an equation', 'poisson-pinn --hidden 6 --time 4 --collocation 8 --directions 1'],
]

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
    const args = ['train', 'parabola', ...short, '--neuron', wrongNeuron()]
    const { code, err } = await run(...args, '--check', '6', '--out', join(folder, 'wrong'))
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/step 6: the derivative of the smoothed loss.*CHECK_DERIVATIVE/),
    ])
    expect((await run(...args, '--out', join(folder, 'unchecked'))).code).toBe(0)
  })

  describe.each(kinds)('of %s', (kind, line) => {
    const train = (name: string, more: readonly string[]) =>
      run(
        ...[
          'train',
          ...line.split(' '),
          '--steps',
          '3',
          '--backend',
          'cpu',
          '--threads',
          '1',
          '--quiet',
          '--no-figures',
        ],
        ...['--out', join(folder, `${name} ${kind}`), '--json', ...more],
      )

    test('passes, and gives the numbers of a run without', async () => {
      const checked = await train('checked', ['--check', '3'])
      const plain = await train('plain', [])
      expect([checked.code, checked.err]).toEqual([0, ''])
      const { relativeL2, ...rest } = JSON.parse(checked.out) as Record<string, unknown>
      expect(rest['steps']).toBe(3)
      expect(relativeL2).toBe((JSON.parse(plain.out) as Record<string, unknown>)['relativeL2'])
    })

    test('stops at a wrong derivative', async () => {
      const { code, err } = await train('wrong', ['--check', '3', '--neuron', wrongNeuron()])
      expect([code, err]).toEqual([1, expect.stringMatching(/step 3: the derivative .*CHECK_DERIVATIVE/)])
    })
  })

  test('refuses what is no number of steps', async () => {
    expect((await run('train', 'parabola', ...short, '--check', 'often')).code).toBe(2)
  })
})
