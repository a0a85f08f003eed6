import { expect, test } from 'vitest'
import type { Plan } from '@spikeward/core/backend'
import { pythonEnvironment } from '../../src/peers/python.js'
import { denseFlops } from '../../src/ratios/denseFlops.js'
import { goals, reaches } from '../../src/ratios/goals.js'
import { ratios } from '../../src/ratios/ratiosBenchmark.js'
import { someRun } from '../support/runs.js'

test('a goal is reached at its bound and beyond it, and never without a bound', () => {
  expect(reaches(goals.oneByHand, 'avx2', 2)).toBe(true)
  expect(reaches(goals.oneByHand, 'avx512', 2.59)).toBe(false)
  expect(reaches(goals.spsa, 'avx512', 0.3)).toBe(true)
  expect(reaches(goals.spsa, 'avx512', 0.31)).toBe(false)
  expect(reaches(goals.wasmByHand, 'avx512', 9)).toBeNull()
})

test('only products whose left operand is not binary are dense, once for every turn of a loop', () => {
  const whole = (slot: number) => ({ slot, offset: 0, advance: [] })
  const dot = (binary: boolean, batch: number) => ({
    kind: 'routine' as const,
    routine: {
      ...{ kind: 'dot' as const, dtype: 'f32' as const, batch, m: 3, n: 5, k: 7, binary },
      a: { batch: 0, m: 7, k: 1 },
      b: { batch: 0, k: 5, n: 1 },
    },
    ins: [whole(0), whole(1)] as const,
    outs: [whole(2)] as const,
  })
  const steps: Plan['steps'] = [
    dot(false, 1),
    dot(true, 1),
    { kind: 'loop', length: 4, steps: [dot(false, 2), dot(true, 2)] },
  ]
  const plan: Plan = { slots: [], inputs: 0, outputs: 0, donations: [], workspace: 0, steps }
  expect(denseFlops(plan)).toBe(210 + 4 * 2 * 210)
})

test('PyTorch and OpenBLAS are held to AVX2 where our backend is, and free otherwise', () => {
  expect(pythonEnvironment(1, 'avx2')).toMatchObject({ ATEN_CPU_CAPABILITY: 'avx2', OPENBLAS_CORETYPE: 'Haswell' })
  expect(pythonEnvironment(1, 'avx512')['OPENBLAS_CORETYPE']).toBeUndefined()
})

test('the table shows the goal, whether it is reached, and what dense products allow', () => {
  const run = someRun({
    command: 'ratios',
    settings: { instructionSet: 'avx2', repeat: 6, compile: true, time: 16, batch: 1024 },
    peak: 118e9,
    ratios: [
      { name: 'oneByHand', value: 1.9, oursMs: 10, theirsMs: 19, form: 'torch', denseMs: 5 },
      { name: 'spsa', value: 0.3, oursMs: 3, theirsMs: 10, form: 'bp', denseMs: null },
      { name: 'bpOwn', absent: 'no torch' },
    ],
  })
  const [table] = ratios.tables(run)
  expect(table!.rows.map((row) => row.slice(1, 4))).toEqual([
    ['≥ 2', '1.90', 'no'],
    ['≤ 0.34', '0.30', 'yes'],
    ['≥ 3', 'absent: no torch', '–'],
  ])
  expect(table!.rows[0]!.at(-1)).toContain('at most 3.80')
  expect(table!.note).toContain('cpu is WebAssembly, which has no such choice')
})
