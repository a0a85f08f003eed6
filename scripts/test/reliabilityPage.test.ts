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
