import { expect, test } from 'vitest'
import { declaredIn, defineFactory, defineValue } from '@spikeward/core'

test('gives the exports of one kind by their declared names', () => {
  const first = defineFactory({ kind: 'problem', name: 'first', summary: 'one' }, () => () => ({}))
  const other = defineFactory({ kind: 'estimator', name: 'other', summary: 'another kind' }, () => () => ({}))
  const value = defineValue({ kind: 'problem', name: 'value', summary: 'used as it is' }, {})
  const exports = { first, renamed: value, other, plain: () => 1, text: 'first', nothing: null }
  expect(declaredIn(exports, 'problem')).toEqual({ first, value })
  expect(declaredIn(exports, 'surrogate')).toEqual({})
})
