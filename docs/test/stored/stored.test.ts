/** A result on a page is stored. A choice of settings may come from a search that is not, which gives no result. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { root, written } from '../support/markdown.js'

/** A statement about a choice that needs no stored result. */
const choice = /found\s+with\s+key\s+\d+,\s+in\s+(a\s+search|one\s+trial)\s+that\s+is\s+not\s+stored/g

/** Words by which a page admits that a result cannot be found. */
const admitted = /\b(?:not|no longer)\s+stored\b|\bdid\s+not\s+store\b/g

const ofPages = async (): Promise<readonly string[]> => {
  const pages = (await written()).filter((page) => !page.startsWith('docs/decisions/'))
  const texts = await Promise.all(pages.map(async (page) => [page, await readFile(root + page, 'utf8')] as const))
  return texts.flatMap(([page, text]) => Array.from(text.replaceAll(choice, '').matchAll(admitted), () => page))
}

it('no page shows a result that it calls not stored', async () => {
  // Store the run in docs/benchmarks/runs, or state what was learned without the number.
  expect(await ofPages()).toEqual([])
  expect('settings found with key 501, in a search that is not\nstored'.replaceAll(choice, '')).toBe('settings ')
})
