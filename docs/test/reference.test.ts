/** The reference pages are those of the declarations, and the tables by hand name what is declared. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { declaredIn } from '@spikeward/core'
import type { Kind } from '@spikeward/core'
import * as estimators from '@spikeward/estimators'
import * as neurons from '@spikeward/neurons'
import * as operators from '@spikeward/operators'
import * as optim from '@spikeward/optim'
import * as problems from '@spikeward/problems'
import { referencePages } from '../scripts/reference.js'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

test.each(Object.entries(referencePages()))('reference/%s is up to date', (file, page) => {
  expect(read(`../reference/${file}`)).toBe(page)
})

test('the reference names every declared export', () => {
  const pages = Object.values(referencePages()).join('\n')
  const packages = { ...estimators, ...neurons, ...operators, ...optim, ...problems }
  const names = Object.values(packages).flatMap((one) =>
    (typeof one === 'function' || typeof one === 'object') && 'declaration' in one
      ? [(one.declaration as { readonly name: string }).name]
      : [],
  )
  expect(names.length).toBeGreaterThan(90)
  expect(names.filter((name) => !pages.includes(`\`${name}\``))).toEqual([])
})

/** Pages whose tables explain what is declared by equations, which a declaration does not hold. */
const byHand: readonly (readonly [page: string, kinds: readonly Kind[], from: Readonly<Record<string, unknown>>])[] = [
  ['../../packages/estimators/README.md', ['estimator', 'combinator'], estimators],
  ['../../packages/neurons/README.md', ['neuron', 'surrogate', 'encoder', 'readout', 'convention'], neurons],
  ['../../packages/operators/README.md', ['network', 'derivative'], operators],
  ['../../packages/optim/README.md', ['optimizer', 'transform', 'schedule'], optim],
  ['../../packages/problems/README.md', ['problem'], problems],
]

describe('equations by hand', () => {
  test.each(byHand)('%s explains every %s', (page, kinds, from) => {
    const text = read(page)
    const names = kinds.flatMap((kind) =>
      Object.entries(from).flatMap(([exported, one]) => Object.values(declaredIn({ one }, kind)).map(() => exported)),
    )
    expect(names.length).toBeGreaterThan(0)
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([])
  })
})

test('the guide to estimators says of memory what the declarations say', () => {
  expect(read('../estimators.md')).toContain('Every estimator but `bp` needs memory that does not grow')
  const growing = Object.values(declaredIn({ ...estimators }, 'estimator')).filter(
    ({ declaration }) => declaration.facts['memoryInTime'] !== 'constant',
  )
  expect(growing.map(({ declaration }) => declaration.name)).toEqual(['bp'])
})
