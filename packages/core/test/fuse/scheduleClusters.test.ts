import { expect, test } from 'vitest'
import { type Tensor, add, matmul, mul, sin, sub, sum, transpose, zeros } from '../../src/index.js'
import { lower } from '../../src/lower/lower.js'
import { traced } from '../lower/harness.js'

/** The steps of a program in order; kernels are named by their number of points. */
const stepsOf = (fn: (x: Tensor, w: Tensor) => Tensor): readonly (string | number)[] =>
  lower(traced(fn, zeros([512, 16]), zeros([16, 16])).program).steps.map((s) =>
    s.kind === 'kernel' ? s.kernel.space.reduce((n, d) => n * d, 1) : s.kind === 'routine' ? s.routine.kind : s.kind,
  )

test('work on parameters comes before the steps of a batch, not between them', () => {
  const steps = stepsOf((x, w) => matmul(sin(matmul(x, w)), add(w, mul(w, 0.1))))
  expect(steps).toEqual([256, 'dot', 512 * 16, 'dot'])
})

test('a small kernel that depends on the batch comes after it, and its readers after the kernel', () => {
  const steps = stepsOf((x, w) => {
    const first = sin(matmul(x, w))
    return matmul(first, mul(w, sum(first)))
  })
  expect(steps.slice(0, 2)).toEqual(['dot', 512 * 16])
  expect(steps.slice(-2)).toEqual([256, 'dot'])
})

test('a small kernel that only results need comes last, such as the update of a weight that a step over the batch still reads', () => {
  const { program } = traced(
    (x: Tensor, w: Tensor) => [sub(w, matmul(transpose(x), x)), sin(matmul(x, w))],
    zeros([512, 16]),
    zeros([16, 16]),
  )
  const { steps } = lower(program, { donate: [1, null] })
  expect(steps.map((s) => (s.kind === 'kernel' ? s.kernel.name : s.kind))).toEqual([
    'routine',
    'routine',
    'sin',
    'sub_copy',
  ])
})
