/** Each fault of a stream that the docs state has its tests in the same row, and they exist. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './support/markdown.js'

const text = await readFile(join(root, 'docs/start/stream.md'), 'utf8')
const [table = ''] = text.slice(text.indexOf('| fault |')).split('\n\n')
const rows = table
  .split('\n')
  .slice(2)
  .map((row) => row.split(' | '))

const sources: string[] = []
for (const folder of ['apps/cli/test', 'packages/experiment/test/stream', 'packages/train/test/stream'])
  for (const name of await readdir(join(root, folder)))
    if (name.endsWith('.test.ts')) sources.push(await readFile(join(root, folder, name), 'utf8'))
const tests = new Set(
  sources.flatMap((source) =>
    [...source.matchAll(/\b(?:it|test)(?:\(|\.each\([^]*?\]\)\(\s*)'([^'\n]+)'/g)].map(([, name]) => name),
  ),
)

it('the table has a row for each kind of fault', () => {
  expect(rows.length).toBeGreaterThanOrEqual(15)
  for (const row of rows) expect(row.length).toBe(3)
})

it.each(rows.map(([fault, , last]) => [fault!.replace('| ', ''), last!.replace(/ \|$/, '')]))(
  'where %s, a test holds what happens: %s',
  (_, names) => {
    for (const name of names.split('; ')) expect(tests).toContain(name)
  },
)
