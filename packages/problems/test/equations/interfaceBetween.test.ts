import { sub } from '@spikeward/core'
import { describePinnProblem } from '@spikeward/testkit'
import { expect, it } from 'vitest'
import { box, d, dirichlet, disc, equationProblem, interfaceBetween, laplacian } from '../../src/index.js'

const points = { train: 6, test: 7, validation: 20 }

/** Heat flows through two layers of conductivity 1 and 3. */
const layers = (coefficients: [number, number]) =>
  equationProblem({
    name: 'layers',
    axes: { x: [0, 1] },
    unknowns: ['u', 'v'],
    equation: "u'' = 0, v'' = 0",
    residual: ({ u, v }) => [d(u, { x: 2 }), d(v, { x: 2 })],
    conditions: [
      dirichlet({ u: 0 }, { on: ['x = 0'] }),
      dirichlet({ v: 1 }, { on: ['x = 1'] }),
      interfaceBetween('u', 'v', { at: { x: 0.5 }, coefficients }),
    ],
    exact: ([x = 0]) => [1.5 * x, 0.5 + 0.5 * x],
    points,
  })
describePinnProblem(() => layers([1, 3]), { name: 'two layers' })

/** A disc of radius ½ and conductivity 2 in a plate of conductivity 1: u = r² inside, 2r² − ¼ outside. */
describePinnProblem(
  () =>
    equationProblem({
      name: 'inclusion',
      axes: { x: [-1, 1], y: [-1, 1] },
      unknowns: ['u', 'v'],
      equation: 'laplace u = 4, laplace v = 8',
      residual: ({ u, v }) => [sub(laplacian(u), 4), sub(laplacian(v), 8)],
      conditions: [interfaceBetween('u', 'v', { at: disc({ center: [0, 0], radius: 0.5 }), coefficients: [2, 1] })],
      exact: ([x = 0, y = 0]) => [x * x + y * y, 2 * (x * x + y * y) - 0.25],
      points,
    }),
  { name: 'a disc in a plate' },
)

it('names its interface, and refuses what is none', () => {
  expect(layers([1, 3]).physics.conditions.at(-1)!.name).toBe('u and v meet at x = 0.5')
  const stated = (at: Parameters<typeof interfaceBetween>[2]['at']) => () =>
    equationProblem({
      ...{ name: 'none', axes: { x: [0, 1] as const }, unknowns: ['u', 'v'], equation: '0' },
      residual: ({ u, v }) => [u.value, v.value],
      conditions: [interfaceBetween('u', 'v', { at })],
    })
  expect(stated({})).toThrow(/at no coordinate/)
  expect(stated({ x: 0.5, y: 0.5 })).toThrow(/fixes x and y; fix one coordinate/)
  expect(stated({ z: 1 })).toThrow(/at z = 1; the axes of the equation are x/)
  expect(stated({ x: 3 })).toThrow(/at x = 3; the equation is stated for x from 0 to 1/)
  expect(
    stated(
      box([
        [0, 1],
        [0, 1],
      ]),
    ),
  ).toThrow(/has 1 axes/)
})
