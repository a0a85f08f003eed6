import { expect, it } from 'vitest'
import { ball, condition, d, difference, equationProblem } from '../../src/index.js'

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

it('a condition fixes exactly one coordinate, within its domain', () => {
  const axes = { x: [0, 1] as const, y: [0, 2] as const }
  const at = (where: Readonly<Record<string, number>>) =>
    problem({ axes, conditions: [condition('c', where, ({ u }) => u.value)] })
  expect(at({ y: 2 })).not.toThrow()
  expect(at({})).toThrow(/^a condition at no coordinate.*\[INVALID_OPTION\]/)
  expect(at({ x: 0, y: 1 })).toThrow(/^a condition that fixes x and y; fix one coordinate.*\[INVALID_OPTION\]/)
  expect(at({ z: 0 })).toThrow(/^a condition at z = 0; the axes of the equation are x, y \[INVALID_OPTION\]/)
  expect(at({ y: NaN })).toThrow(/for y from 0 to 2; choose a value there \[INVALID_OPTION\]/)
})
