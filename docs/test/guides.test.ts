/** Every guide begins with what the reader can do after reading it. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './markdown.js'

/** Tables of stored runs, decisions, and pages that are written from declarations are looked up, not read. */
const lookedUp = /^(api|benchmarks|decisions|reference)\//

const folder = join(root, 'docs')
const guides = (await readdir(folder, { recursive: true })).filter(
  (path) => path.endsWith('.md') && !path.includes('node_modules') && !lookedUp.test(path),
)

test.each(guides)('%s begins with what the reader can do after it', async (path) => {
  const text = await readFile(join(folder, path), 'utf8')
  const content = text.replace(/^---\n.*?\n---\n/s, '')
  expect(content.slice(0, 800)).toMatch(/After this page\s+you\s+(can|know)/)
})
