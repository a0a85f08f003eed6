import { expect, test } from 'vitest'
import { bench, benchJson } from '../fakeIo.js'

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

test('an instruction set is that of native: another backend is refused', async () => {
  const { code, err } = await bench('profile', '--quick', '--backend', 'cpu', '--instruction-set', 'avx2')
  expect(code).not.toBe(0)
  expect(err).toMatch(/--instruction-set avx2 applies to the backend native, not to cpu.*BENCH_USAGE/)
})
