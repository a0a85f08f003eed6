import { expect, test } from 'vitest'
import { declaredIn } from '@spikeward/core'
import * as problems from '@spikeward/problems'
import { problemDefaults } from '@spikeward/problems/defaults'

test('every problem is declared, and has tuned defaults under its name', () => {
  const declared = declaredIn({ ...problems }, 'problem')
  expect(declared).toMatchObject({ mexicanHat: problems.mexicanHat, poisson1d: problems.poisson1d })
  const names = Object.values(declared).map((make) => (make as unknown as () => { readonly name: string })().name)
  expect([...names, 'own'].sort()).toEqual(Object.keys(problemDefaults).sort())
})

test('options are checked by the declaration', () => {
  expect(() => problems.mexicanHat({ s: 0 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  expect(() => problems.poisson1d({ sensor: 3 } as never)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }))
})
