import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  accuracySource,
  accuracyTable,
  filled,
  mutationText,
  readerTable,
  requirementTable,
  requirements,
  soakTable,
  soaked,
  unrecorded,
} from '../../../docs/scripts/reliabilityPage.mjs'

import { resultOf } from '../../../docs/scripts/reliabilityTests.mjs'

const page = readFileSync(new URL('../../../docs/reliability/index.md', import.meta.url), 'utf8')

test('the page of reliability shows the stored figures', () => {
  expect(page).toContain(soakTable())
  expect(page).toContain(readerTable())
  expect(page).toContain(unrecorded())
  expect(page).toContain(requirementTable())
  expect(page).toContain(accuracyTable())
  expect(page).toContain(accuracySource())
  expect(page).toContain(mutationText())
  expect(filled(page)).toBe(page)
})

test('a part of several sessions shows their commits, and how many tries came after a change', () => {
  const session = (begun: string, commit: string, tries: number) => ({
    ...{ begun, commit },
    parts: { claims: { tries, failures: 0, counts: { 'two holders': 0 } } },
  })
  const sessions = [
    session('2026-11-26T04:00:00Z', 'aaaaaaaaaa', 2000),
    session('2026-11-26T12:00:00Z', 'bbbbbbbbbb', 300),
    session('2026-11-26T13:00:00Z', 'cccccccccc', 10),
  ]
  const claims = { since: '2026-11-26T11:00:00Z', by: 'dddddddd', what: 'with several hosts' }
  expect(soaked('claims', { sessions }, { claims })).toEqual([
    '2,310; 310 of them with several hosts, from `dddddddd` on',
    ...['0', '2026-11-26', '3 sessions, `aaaaaaaa` to `cccccccc`'],
  ])
  expect(soaked('claims', { sessions: sessions.slice(2) })[3]).toBe('`cccccccc`')
})

test('files without a recorded ending are left out, and said to be', () => {
  const part = (tries: number, read: number) => ({ tries, counts: { 'nir: read': read } })
  const sessions = [
    { commit: 'aaaaaaaaaa', parts: { files: part(100, 90), nir: part(10, 7) } },
    { commit: 'bbbbbbbbbb', parts: { hdf5Files: part(20, 20) } },
  ]
  expect(unrecorded({ sessions })).toMatch(/^Both tables leave out 13 files of sessions up to `aaaaaaaa`,/)
  const nir = sessions.map((s) => ({ ...s, begun: '2026-11-26T12:00:00Z' }))
  expect(soaked('nir', { sessions: nir })[0]).toBe('7')
})

test('every requirement names tests that exist', () => {
  expect(requirements).toHaveLength(13)
  for (const { what, tests } of requirements)
    expect([what, tests.filter((path) => !existsSync(new URL(`../../../${path}`, import.meta.url)))]).toEqual([
      what,
      [],
    ])
})

test('the stored results are of these tests, and all passed', () => {
  const text = readFileSync(new URL('../../../docs/reliability/tests.json', import.meta.url), 'utf8')
  const { files } = JSON.parse(text) as {
    readonly files: Readonly<Record<string, { readonly passed: number; readonly failed: number }>>
  }
  expect(Object.keys(files).sort()).toEqual([...new Set(requirements.flatMap(({ tests }) => tests))].sort())
  for (const [path, { passed, failed }] of Object.entries(files)) {
    expect([path, failed]).toEqual([path, 0])
    expect([path, passed > 0]).toEqual([path, true])
  }
})

test('figures of one name are added up, and of maxima the largest counts', () => {
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
