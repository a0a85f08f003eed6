/** Every guide begins with what the reader can do after reading it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pages, root } from './support/markdown.js'

/** Tables of stored runs, decisions, and pages that are written from declarations are looked up, not read. */
const lookedUp = /^(api|benchmarks|decisions|reference)\//

const guides = pages().filter((path) => !lookedUp.test(path))

test.each(guides)('%s begins with what the reader can do after it', async (path) => {
  const text = await readFile(join(root, 'docs', path), 'utf8')
  const content = text.replace(/^---\n.*?\n---\n/s, '')
  expect(content.slice(0, 800)).toMatch(/After this page\s+you\s+(can|know)/)
})
