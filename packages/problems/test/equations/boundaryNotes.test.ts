/** Conditions that contradict each other on a part of the boundary, and parts without one. */
import { mul, square } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import * as problems from '../../src/index.js'
import {
  biharmonic,
  condition,
  d,
  difference,
  dirichlet,
  disc,
  equationProblem,
  initial,
  laplacian,
  neumann,
  periodic,
  pointValues,
  polygon,
  robin,
  triangleMesh,
} from '../../src/index.js'
import type { ConditionMaker, EquationSpec } from '../../src/index.js'
import { codeOf } from '../support/support.js'

/** A channel from 0 to 4 with a hole. */
const channel = polygon(
  [
    [0, 0],
    [4, 0],
    [4, 1],
    [0, 1],
  ],
  {
    holes: [
      [
        [1, 0.4],
        [1.2, 0.4],
        [1.2, 0.6],
        [1, 0.6],
      ],
    ],
  },
)
/** Two triangles of the unit square; the left edge is of two groups. */
const mesh = triangleMesh({
  points: [0, 0, 1, 0, 1, 1, 0, 1],
  triangles: [0, 1, 2, 0, 2, 3],
  groups: { left: [0, 3], walls: [0, 3, 0, 1], top: [2, 3] },
})
const box = { x: [0, 4], y: [0, 1] } as const

const stated = (conditions: readonly ConditionMaker[], more: Partial<EquationSpec> = {}) =>
  equationProblem({
    ...{ name: 'stated', shape: channel, equation: 'laplace u = 0' },
    ...{ residual: ({ u }) => laplacian(u), conditions, ...more },
  })
const inBox = { shape: undefined, axes: box }
const inMesh = { shape: mesh }

describe('two conditions of one kind on a part of the boundary', () => {
  it.each<[string, readonly ConditionMaker[], object]>([
    ['a named part and a side', [dirichlet({ u: 0 }, { on: ['outline'] }), dirichlet({ u: 1 }, { on: ['x = 4'] })], {}],
    ['all of it and a side', [dirichlet({ u: 0 }), dirichlet({ u: 1 }, { on: ['x = 4'] })], {}],
    ['two sides', [neumann({ u: 0 }, { on: ['x < 2'] }), neumann({ u: 1 }, { on: ['y = 1'] })], {}],
    [
      'all of a box and a face',
      [dirichlet({ u: 0 }), dirichlet({ u: ({ y }) => square(y) }, { on: ['x = 4'] })],
      inBox,
    ],
    [
      'Robin conditions of one number that differs',
      [1, 2].map((equals) => robin({ u: { value: 1, normal: 2, equals } }, { on: ['x = 4'] })),
      {},
    ],
    ['groups of a mesh', [dirichlet({ u: 0 }, { on: ['left'] }), dirichlet({ u: 1 }, { on: ['walls'] })], inMesh],
  ])('is refused: %s', (_, conditions, more) => {
    const state = () => stated(conditions, more)
    expect(codeOf(state)).toBe('INVALID_OPTION')
    expect(state).toThrow(/'.*u.* on .*' and '.*u.* on .*' hold on the same part .* name only the other parts/)
  })

  const sin = ({ x }: { readonly x: Parameters<typeof mul>[0] }) => mul(2, x)
  it.each<[string, readonly ConditionMaker[], object]>([
    [
      'sides that share a corner',
      [dirichlet({ u: 0 }, { on: ['x = 0', 'x = 4', 'y = 0'] }), dirichlet({ u: 1 }, { on: ['y = 1'] })],
      {},
    ],
    [
      'faces that share a corner',
      [dirichlet({ u: 0 }, { on: ['x = 0'] }), dirichlet({ u: 1 }, { on: ['y = 0'] })],
      inBox,
    ],
    ['two halves', [dirichlet({ u: 0 }, { on: ['x < 2'] }), dirichlet({ u: 1 }, { on: ['x > 2'] })], {}],
    ['an outline and a hole', [dirichlet({ u: 0 }, { on: ['outline'] }), dirichlet({ u: 1 }, { on: ['hole 1'] })], {}],
    ['the same number', [dirichlet({ u: 1 }, { on: ['outline'] }), dirichlet({ u: 1 }, { on: ['x = 4'] })], {}],
    ['the same function', [dirichlet({ u: sin }, { on: ['outline'] }), dirichlet({ u: sin }, { on: ['x = 4'] })], {}],
    [
      'the same numbers of a Robin condition',
      ['outline', 'x = 4'].map((part) => robin({ u: { value: 1, normal: 2, equals: sin } }, { on: [part] })),
      {},
    ],
    ['one condition that names both', [dirichlet({ u: sin }, { on: ['outline', 'x = 4'] })], {}],
    ['different components', [dirichlet({ u: 0 }), dirichlet({ v: 1 }, { on: ['x = 4'] })], { unknowns: ['u', 'v'] }],
    [
      'groups of a mesh that meet in a corner',
      [dirichlet({ u: 0 }, { on: ['left'] }), dirichlet({ u: 1 }, { on: ['top'] })],
      inMesh,
    ],
  ])('is not what these are: %s', (_, conditions, more) => {
    expect(() => stated(conditions, more)).not.toThrow()
  })
})

describe('a note', () => {
  const notesOf = (conditions: readonly ConditionMaker[], more: object = {}): string =>
    (stated(conditions, more).notes ?? []).join('; ')

  it.each<[string, readonly ConditionMaker[], object, RegExp]>([
    [
      'a hole without a condition',
      [dirichlet({ u: 0 }, { on: ['outline'] })],
      {},
      /^no condition holds on 'hole 1'; an equation of order 2/,
    ],
    [
      'a face without one',
      [dirichlet({ u: 0 }, { on: ['x = 0', 'y = 0', 'y = 1'] })],
      inBox,
      /^no condition holds on 'x = 4';/,
    ],
    [
      'a side without one, and the share of the boundary',
      [dirichlet({ u: 0 }, { on: ['x < 3.9999', 'hole 1'] })],
      {},
      /^no condition holds on (9|10) % of the boundary, such as the point \(4, /,
    ],
    [
      'a point of a curved boundary without a rounding error of 1e-16',
      [dirichlet({ u: 0 }, { on: ['y > 0'] })],
      { shape: disc({ center: [0, 0], radius: 1 }) },
      /^no condition holds on 50 % of the boundary, such as the point \(-1, 0\);/,
    ],
    ['no conditions', [], {}, /^no condition holds on 'outline', 'hole 1';/],
    [
      'two kinds',
      [dirichlet({ u: 0 }), neumann({ u: 0 }, { on: ['x = 4'] })],
      {},
      /^'u = 0 on the boundary' and 'du\/dn = 0 on x = 4' both hold .* usually takes one condition for u there$/,
    ],
  ])('names %s', (_, conditions, more, text) => expect(notesOf(conditions, more)).toMatch(text))

  const flat = [dirichlet({ u: 0 }, { on: ['x = 0'] })]
  it.each<[string, readonly ConditionMaker[], object]>([
    ['a whole boundary', [dirichlet({ u: 0 })], {}],
    ['the ends of a periodic axis', [periodic('x'), dirichlet({ u: 0 }, { on: ['y = 0', 'y = 1'] })], inBox],
    [
      'other conditions at a face',
      [...flat, dirichlet({ u: 0 }, { on: ['y = 0', 'y = 1'] }), condition('mine', { x: 4 }, ({ u }) => u.value)],
      inBox,
    ],
    ['the end of time', [dirichlet({ u: 0 }), initial({ u: 0 })], { shape: undefined, axes: { x: [0, 1], t: [0, 1] } }],
    [
      'an outflow of first order',
      flat,
      { ...inBox, residual: ({ u }: { u: Parameters<typeof d>[0] }) => d(u, { x: 1 }) },
    ],
    ['measurements', [...flat, pointValues([1, 0.5], { u: [1] })], inBox],
    ['a transform of the output', flat, { ...inBox, hard: { apply: ({ u }: { u: unknown }) => ({ u }) } }],
    [
      'a clamped plate',
      [dirichlet({ u: 0 }), neumann({ u: 0 })],
      { residual: ({ u }: { u: Parameters<typeof d>[0] }) => biharmonic(u) },
    ],
    ['an inverse problem', [dirichlet({ u: 0 }), neumann({ u: 1 })], { coefficients: { k: 1 } }],
    [
      'a curved boundary by its sides',
      [dirichlet({ u: 0 }, { on: ['x < 0.1', 'x > -0.1'] })],
      { shape: disc({ center: [0, 0], radius: 1 }) },
    ],
    [
      'a difference by its sides',
      [dirichlet({ u: 0 }, { on: ['x < 2', 'x > 1.99'] })],
      { shape: difference(channel, disc({ center: [2, 0], radius: 0.3 })) },
    ],
  ])('says nothing about %s', (_, conditions, more) => expect(notesOf(conditions, more)).toBe(''))
})

it('no declared equation has a note', async () => {
  const found = await Promise.all(
    Object.values(problems).map(async (make): Promise<readonly string[]> => {
      if (typeof make !== 'function' || !('declaration' in make) || make.declaration === undefined) return []
      const made: unknown = await (make as () => unknown)()
      return typeof made === 'object' && made !== null && 'notes' in made ? (made.notes as string[]) : []
    }),
  )
  expect(found.flat()).toEqual([])
})
