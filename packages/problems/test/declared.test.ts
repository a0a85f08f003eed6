import { expect, test } from 'vitest'
import { declaredIn } from '@spikeward/core'
import * as problems from '@spikeward/problems'
import { problemDefaults } from '@spikeward/problems/defaults'
import { describeDeclaration } from '@spikeward/testkit'

for (const factory of Object.values(declaredIn({ ...problems }, 'problem'))) describeDeclaration(factory)

test('every problem is declared, and has tuned defaults under its name', () => {
  const declared = declaredIn({ ...problems }, 'problem')
  expect(declared).toMatchObject({ mexicanHat: problems.mexicanHat, poisson1d: problems.poisson1d })
  const names = Object.values(declared).map((make) => (make as unknown as () => { readonly name: string })().name)
  expect([...names, 'own'].sort()).toEqual(Object.keys(problemDefaults).sort())
})
