/** The reference pages, and the tables of other pages, are those of the declarations. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type Kind, declaredIn } from '@spikeward/core'
import * as estimators from '@spikeward/estimators'
import * as neurons from '@spikeward/neurons'
import * as operators from '@spikeward/operators'
import * as optim from '@spikeward/optim'
import * as problems from '@spikeward/problems'
import { allDeclared } from '../../scripts/allDeclared.js'
import { handWrittenPages } from '../../scripts/handWrittenPages.mjs'
import { hasDeclaredTable, referencePages, withDeclaredTables } from '../../scripts/reference.js'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

test.each(Object.entries(referencePages()))('reference/%s is up to date', (file, page) => {
  expect(read(`../../reference/${file}`)).toBe(page)
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

/** The packages' READMEs list these kinds by tables that `npm run docs:reference` writes. */
const listed: Readonly<Record<string, readonly Kind[]>> = {
  'packages/estimators/README.md': ['estimator', 'combinator', 'distribution'],
  'packages/neurons/README.md': ['neuron', 'surrogate', 'encoder', 'readout', 'convention'],
  'packages/operators/README.md': ['network', 'derivative'],
  'packages/optim/README.md': ['optimizer', 'transform', 'schedule'],
  'packages/problems/README.md': ['problem'],
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
const pagesWithTables = handWrittenPages(root).filter((file) =>
  hasDeclaredTable(readFileSync(join(root, file), 'utf8')),
)

describe('tables in pages written by hand', () => {
  test.each(pagesWithTables)('%s is up to date', (file) => {
    const page = readFileSync(join(root, file), 'utf8')
    expect(withDeclaredTables(page)).toBe(page)
  })

  test.each(Object.entries(listed))('%s lists all that its package declares', (file, kinds) => {
    const page = readFileSync(join(root, file), 'utf8')
    const names = kinds.flatMap((kind) => allDeclared(kind).map(({ declaration }) => declaration.name))
    expect(names.length).toBeGreaterThan(0)
    expect(names.filter((name) => !page.includes(`| \`${name}\``))).toEqual([])
  })
})

test('the guide to the method says of memory what the declarations say', () => {
  expect(read('../../forward-only.md')).toMatch(
    /An estimator that does not run backwards in time, unlike `bp`, needs memory that\s+does not grow/,
  )
  const facts = Object.values(declaredIn({ ...estimators }, 'estimator')).map(({ declaration }) => declaration.facts)
  for (const { reverseOverTime, memoryInTime } of facts) expect(memoryInTime === 'constant').toBe(!reverseOverTime)
})

describe('a guide', () => {
  const guideOf = (names: string): string =>
    withDeclaredTables(`<!-- guide to estimator, combinator: ${names} -->\n<!-- end of guide -->`)
  const rows = (page: string): readonly string[] => page.split('\n').filter((line) => line.startsWith('| '))

  test('begins with the declarations that the page names, and has the advice of all others', () => {
    const [all, few] = [rows(guideOf('eligibility, bp')), rows(guideOf('bp'))]
    expect(all.length).toBeGreaterThan(8)
    expect([...all].sort()).toEqual([...few].sort())
    expect(all[2]).toContain('`eligibility`')
    expect(few[2]).toContain('`bp`')
  })

  test('refuses a name whose declaration gives no advice', () => {
    expect(() => guideOf('bp, exactForward')).toThrow(/exactForward: .* no advice/)
  })
})
