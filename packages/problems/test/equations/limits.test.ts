import { expect, it } from 'vitest'
import { ball, d, difference, equationProblem } from '../../src/index.js'

const disc = (radius: number) => ball({ center: [0, 0], radius })
type Spec = Parameters<typeof equationProblem>[0]
const problem = (more: Partial<Spec>) => () =>
  equationProblem({ name: 'p', equation: 'u_xx', residual: ({ u }) => d(u, { x: 2 }), ...more })

it('a shape without an inside is refused, where the search for its points would not end', () => {
  const shape = difference(disc(1), disc(2))
  expect(problem({ shape })).toThrow(/it is almost empty compared with its bounds.*\[INVALID_OPTION\]/)
})

it('sets of more points than fit in memory are refused, before one is made', () => {
  const axes = { x: [0, 1] as const }
  for (const points of [{ train: 2 ** 31 }, { test: [2 ** 23 + 1] }, { validation: 2 ** 20 + 1 }])
    expect(problem({ axes, points })).toThrow(/points, and an equation has at most (8388608|1048576); give fewer/)
  const five = Object.fromEntries([...'xyzab'].map((name) => [name, [0, 1] as const]))
  expect(problem({ axes: five })).toThrow(/^312500000 test points.*\[INVALID_OPTION\]/)
})

it('numbers of points that are not whole are refused as such', () => {
  const axes = { x: [0, 1] as const }
  for (const points of [{ train: NaN }, { train: [2.5, 4] }, { validation: -1 }])
    expect(problem({ axes, points })).toThrow(/points are not a whole number.*\[INVALID_OPTION\]/)
})
