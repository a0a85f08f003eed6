/**
 * Names in the tables that advise on a choice: each is a declared name, so that a removed or renamed one is noticed.
 */
import { readFileSync } from 'node:fs'
import { declaredIn } from '@spikeward/core'
import * as estimators from '@spikeward/estimators'
import { expect, test } from 'vitest'

const kinds = {
  'estimators.md': [estimators, ['estimator', 'combinator']],
} as const

/** The name that a code span begins with: `rfg` of `rfg(directions=8)`. */
const nameOf = (code: string): string => /^\w+/.exec(code)?.[0] ?? ''

/** Names in the second column of the tables of a page whose head is about a choice. */
function chosenIn(page: string): readonly string[] {
  const lines = page.split('\n')
  const heads = lines.flatMap((line, i) => (/^\|[^|]*\|[^|]*(choose|estimator)[^|]*\|/.test(line) ? [i] : []))
  return heads.flatMap((head) => {
    const end = lines.findIndex((line, i) => i > head && !line.startsWith('|'))
    return lines
      .slice(head + 2, end === -1 ? lines.length : end)
      .flatMap((row) => [...(row.split('|')[2] ?? '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => nameOf(code)))
  })
}

test.each(Object.entries(kinds))('%s advises declared parts only', (file, [exports, of]) => {
  const page = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  const known = of.flatMap((kind) =>
    Object.values(declaredIn({ ...exports }, kind)).flatMap(({ declaration }) => [
      declaration.name,
      ...declaration.aliases,
    ]),
  )
  const chosen = chosenIn(page)
  expect(chosen.length).toBeGreaterThan(3)
  // A row may also name an option of the models, such as `learn`.
  const options = of.flatMap((kind) =>
    Object.values(declaredIn({ ...exports }, kind)).flatMap(({ declaration }) => Object.keys(declaration.options)),
  )
  expect(chosen.filter((name) => ![...known, ...options].includes(name))).toEqual([])
})
