import { expect, test } from 'vitest'
import { declaredIn } from '@spikeward/core'
import * as problems from '@spikeward/problems'
import { problemDefaults } from '@spikeward/problems/defaults'
import * as equations from '@spikeward/problems/equations'
import * as regression from '@spikeward/problems/regression'
import { describeDeclaration } from '@spikeward/testkit'

for (const factory of Object.values(declaredIn({ ...problems }, 'problem'))) describeDeclaration(factory)

test('problems are declared, and tuned defaults belong to one of them', () => {
  const declared = declaredIn({ ...problems }, 'problem')
  expect(declared).toMatchObject({ mexicanHat: problems.mexicanHat, poisson1d: problems.poisson1d })
  const names = Object.values(declared).map((make) => (make as unknown as () => { readonly name: string })().name)
  expect([...names, 'own', 'table']).toEqual(expect.arrayContaining(Object.keys(problemDefaults)))
})

test.each([
  ['regression', regression],
  ['pinn', equations],
])('the entry for pages of kind %s exports every problem of the kind', (kind, entry) => {
  const all = Object.values(declaredIn({ ...problems }, 'problem')).filter(
    ({ declaration }) => declaration.facts['kind'] === kind,
  )
  expect(all.map(({ declaration }) => declaration.name).sort()).toEqual(
    Object.entries(entry)
      .flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
      .sort(),
  )
})

test('the entry of equations has the tuned defaults of each that has any', () => {
  for (const [name, defaults] of Object.entries(equations.equationDefaults))
    expect(defaults).toBe(problemDefaults[name])
  const pinns = Object.entries(problemDefaults).filter(([, { network }]) => network === 'pinn')
  expect(Object.keys(equations.equationDefaults).sort()).toEqual(pinns.map(([name]) => name).sort())
})
