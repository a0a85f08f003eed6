import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  accuracySource,
  accuracyTable,
  filled,
  readerTable,
  requirementTable,
  soakTable,
} from '../../apps/soak/scripts/page.mjs'
import { requirements } from '../../apps/soak/scripts/requirements.mjs'
import { resultOf } from '../../apps/soak/scripts/verify.mjs'

const page = readFileSync(new URL('../../docs/reliability/index.md', import.meta.url), 'utf8')

test('the page of reliability shows the stored figures', () => {
  expect(page).toContain(soakTable())
  expect(page).toContain(readerTable())
  expect(page).toContain(requirementTable())
  expect(page).toContain(accuracyTable())
  expect(page).toContain(accuracySource())
  expect(filled(page)).toBe(page)
})

test('every requirement names tests that exist', () => {
  expect(requirements).toHaveLength(13)
  for (const { what, tests } of requirements)
    expect([what, tests.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))]).toEqual([what, []])
})

test('the stored results are of these tests, of a clean commit, and all passed', () => {
  const text = readFileSync(new URL('../../docs/reliability/tests.json', import.meta.url), 'utf8')
  const { dirty, files } = JSON.parse(text) as {
    readonly dirty: boolean
    readonly files: Readonly<Record<string, { readonly passed: number; readonly failed: number }>>
  }
  expect(dirty).toBe(false)
  expect(Object.keys(files).sort()).toEqual([...new Set(requirements.flatMap(({ tests }) => tests))].sort())
  for (const [path, { passed, failed }] of Object.entries(files)) {
    expect([path, failed]).toEqual([path, 0])
    expect([path, passed > 0]).toEqual([path, true])
  }
})

test('figures of one name add up, and of the largest ones the largest counts', () => {
  const passed = (figures?: Readonly<Record<string, number>>) => ({
    status: 'passed',
    meta: figures ? { figures } : {},
  })
  const assertionResults = [
    passed({ rounds: 3, 'largest ratio': 0.5 }),
    passed({ rounds: 4, 'largest ratio': 0.25 }),
    passed(),
    { status: 'failed' },
    { status: 'pending' },
  ]
  expect(resultOf({ name: 'x', assertionResults })).toEqual({
    ...{ passed: 3, failed: 1, skipped: 1 },
    figures: { rounds: 7, 'largest ratio': 0.5 },
  })
})
