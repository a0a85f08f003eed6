import { expect, it } from 'vitest'
import { ball, d, difference, equationProblem } from '../../src/index.js'

const disc = (radius: number) => ball({ center: [0, 0], radius })
const equation = { name: 'p', equation: 'u_xx', residual: ({ u }: { u: Parameters<typeof d>[0] }) => d(u, { x: 2 }) }

it('a shape without an inside is refused, where the search for its points would not end', () => {
  const shape = difference(disc(1), disc(2))
  expect(() => equationProblem({ ...equation, shape })).toThrow(
    /fills almost nothing of its bounds.*\[INVALID_OPTION\]/,
  )
})

it('sets of more points than fit in memory are refused, before one is made', () => {
  const axes = { x: [0, 1] as const }
  for (const points of [{ train: 2 ** 31 }, { test: [2 ** 25] }, { validation: Number.MAX_SAFE_INTEGER }])
    expect(() => equationProblem({ ...equation, axes, points })).toThrow(/points, and an equation has at most 16777216/)
  const five = Object.fromEntries([...'xyzab'].map((name) => [name, [0, 1] as const]))
  expect(() => equationProblem({ ...equation, axes: five })).toThrow(/^312500000 test points.*\[INVALID_OPTION\]/)
})
