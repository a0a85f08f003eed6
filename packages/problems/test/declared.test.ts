import { describe, expect, test } from 'vitest'
import { declaredIn } from '@spikeward/core'
import * as problems from '@spikeward/problems'
import * as equations from '@spikeward/problems/equations'
import * as operators from '@spikeward/problems/operators'
import * as regression from '@spikeward/problems/regression'
import { describeDeclaration } from '@spikeward/testkit'
import { contractRows } from '../../../scripts/lib/contractRows.js'

for (const factory of Object.values(declaredIn({ ...problems }, 'problem'))) describeDeclaration(factory)

test('problems are declared', () => {
  const declared = declaredIn({ ...problems }, 'problem')
  expect(declared).toMatchObject({ mexicanHat: problems.mexicanHat, poisson1d: problems.poisson1d })
})

test.each([
  ['regression', regression],
  ['pinn', equations],
  ['operator', operators],
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

describe('contract tests', () => {
  const rows = contractRows(new URL('.', import.meta.url))
  test.each(Object.entries(declaredIn({ ...problems }, 'problem')))(
    'have a row for %s, with the order of its solver if a solver computes its solution',
    (name, { declaration: { facts } }) => {
      const own = rows.filter(({ factories }) => factories.includes(name))
      expect(own).not.toHaveLength(0)
      const computed = facts['kind'] !== 'regression' && facts['solution'] !== 'exact'
      if (computed) expect(own.flatMap(({ options }) => options)).toContain('solver')
    },
  )
})
