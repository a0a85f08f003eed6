import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../fakeIo.js'

type Result = { readonly relativeL2: number; readonly baselineRidge: number }

// The other problems take minutes: `margins.test.ts` of apps/bench reads their stored runs.
test.each([
  ['parabola', 0.9],
  ['ripple', 0.5],
  ['poisson-1d', 0.6],
])(
  'a default run of %s with a fresh key ends below %f of the error of the untrained network with a solved readout',
  async (problem, margin) => {
    const place = join(mkdtempSync(join(tmpdir(), 'spikeward-margin-')), 'run')
    const more = ['--backend', 'cpu', '--key', '20261126', '--no-figures', '--quiet']
    const { code, out } = await run('train', problem, ...more, '--out', place, '--json')
    expect(code).toBe(0)
    const { relativeL2, baselineRidge } = JSON.parse(out.trim().split('\n').at(-1)!) as Result
    expect(baselineRidge).toBeGreaterThan(0)
    expect(relativeL2).toBeLessThan(margin * baselineRidge)
  },
)
