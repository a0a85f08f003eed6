import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-margins-'))
const own = join(folder, 'wave.mjs')

beforeAll(() =>
  writeFileSync(
    own,
    `const points = () => {
      const x = Float64Array.from({ length: 200 }, (_, i) => i / 100 - 1)
      return { count: 200, x, y: x.map((t) => Math.sin(6 * t) * Math.exp(-t)) }
    }
    export const wave = () => ({ kind: 'regression', name: 'wave', inputs: 1, outputs: 1, domain: [[-1, 1]], points })`,
  ),
)
afterAll(() => rmSync(folder, { recursive: true }))

type Result = { readonly relativeL2: number; readonly baselines: { readonly untrained: number } }

// The other problems take minutes: `margins.test.ts` of apps/bench reads their stored runs.
test.each([
  ['parabola', 0.9],
  ['ripple', 0.5],
  ['poisson-1d', 0.6],
  // A function of the user's own, with generic settings.
  [`${own}#wave`, 0.8],
])(
  'a default run of %s with a fresh key ends below %f of the error of the untrained network with a solved readout',
  async (problem, margin) => {
    const place = join(folder, basename(problem))
    const more = ['--backend', 'native', '--threads', '1', '--key', '20261126', '--no-figures', '--quiet']
    const { code, out } = await run('train', problem, ...more, '--out', place, '--json')
    expect(code).toBe(0)
    const { relativeL2, baselines } = JSON.parse(out.trim().split('\n').at(-1)!) as Result
    expect(baselines.untrained).toBeGreaterThan(0)
    expect(relativeL2).toBeLessThan(margin * baselines.untrained)
  },
)
