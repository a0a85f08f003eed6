import { expect, test } from 'vitest'
import { instructionSetFor, openBackend } from '../../src/backends.js'
import { bench, benchJson } from '../support/fakeIo.js'

test.each(['cpu', 'reference'])(
  'profile splits a step on %s into its phases, and these into kernels',
  async (backend) => {
    const small = ['--quick', '--widths', '2,4,1', '--directions', '1', '--rounds', '1', '--batch', '4', '--time', '2']
    const { phases, steps } = (await benchJson('profile', '--backend', backend, ...small, '--json')) as {
      readonly phases: { readonly training: number; readonly executable: number; readonly steps: number }
      readonly steps: readonly { readonly name: string; readonly seconds: number | null }[]
    }
    expect(phases.training).toBeGreaterThanOrEqual(phases.executable)
    // The reference backend does not time its steps separately.
    expect(steps.length > 0).toBe(backend === 'cpu')
    expect(steps.filter(({ seconds }) => seconds !== null && seconds >= 0)).toHaveLength(steps.length)
  },
)

test.each(['profile', 'roofline'])('%s refuses an instruction set of a backend that has no choice', async (name) => {
  const { code, out, err } = await bench(name, '--quick', '--backend', 'cpu', '--instruction-set', 'avx2')
  expect([code === 0, out]).toEqual([false, ''])
  expect(err).toMatch(/--instruction-set avx2 applies to the backend native, not to cpu.*BENCH_USAGE/)
})

test('a comparison gives an instruction set to the backends that have a choice', async () => {
  expect(['native', 'cpu', 'webgpu', 'reference'].map((name) => instructionSetFor(name, 'avx2'))).toEqual([
    'avx2',
    undefined,
    undefined,
    undefined,
  ])
  await expect(openBackend('reference', 1, 'avx2')).rejects.toMatchObject({ code: 'BENCH_USAGE' })
})
