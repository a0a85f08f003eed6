import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { accuracyTable, filled, soakTable } from '../../apps/soak/scripts/page.mjs'

const page = readFileSync(new URL('../../docs/reliability/index.md', import.meta.url), 'utf8')

test('the page of reliability shows the stored figures', () => {
  expect(page).toContain(soakTable())
  expect(page).toContain(accuracyTable())
  expect(filled(page)).toBe(page)
})
