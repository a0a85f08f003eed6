import { expect, test } from 'vitest'
import { declaredIn } from '@spikeward/core'
import * as problems from '@spikeward/problems'
import { problemDefaults } from '@spikeward/problems/defaults'
import * as regression from '@spikeward/problems/regression'
import { describeDeclaration } from '@spikeward/testkit'

for (const factory of Object.values(declaredIn({ ...problems }, 'problem'))) describeDeclaration(factory)

test('problems are declared, and tuned defaults belong to one of them', () => {
  const declared = declaredIn({ ...problems }, 'problem')
  expect(declared).toMatchObject({ mexicanHat: problems.mexicanHat, poisson1d: problems.poisson1d })
  const names = Object.values(declared).map((make) => (make as unknown as () => { readonly name: string })().name)
  expect([...names, 'own', 'table']).toEqual(expect.arrayContaining(Object.keys(problemDefaults)))
})

test('the regression entry exports every problem whose solution is a function of points', () => {
  const points = Object.values(declaredIn({ ...problems }, 'problem')).filter(
    ({ declaration }) => declaration.facts['kind'] === 'regression',
  )
  expect(points.map(({ declaration }) => declaration.name).sort()).toEqual(
    Object.entries(regression)
      .flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
      .sort(),
  )
})
