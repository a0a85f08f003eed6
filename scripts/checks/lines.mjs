/**
 * Fails if a source file has more than 400 lines, and so more than one concept, or prose in comments is not wrapped at
 * 120 characters. Formulas, examples and lines without a place to wrap may be longer.
 */
import { readFileSync } from 'node:fs'
import { filesUnder, sourceFolders } from '../lib/files.mjs'

const MAX_LINES = 400
const sources = /\.(ts|mts|mjs|js|cjs|svelte|cpp|cc|hpp|h|inl|py)$/

const files = sourceFolders()
  .flatMap((folder) => filesUnder(folder, sources))
  .filter((file) => !file.includes('.svelte-check'))
/** @type {string[]} */
const wrong = []

const MAX_WIDTH = 120
/** Prose of a comment: no formula, table or example, which are indented or have a sign, and no text of a program. */
const isProse = (/** @type {string} */ line) =>
  /^\s*(?:\*|\/\/|\/\*\*)\s{0,3}[A-Za-z`(].*[a-z]{2,} [a-z]{2,} [a-z]{2,}/.test(line) && !/[{}$;=]/.test(line)

const lengths = files.map((file) => {
  const lines = readFileSync(file, 'utf8').split('\n')
  for (const [i, line] of lines.entries())
    if (line.length > MAX_WIDTH && isProse(line))
      wrong.push(`${file}:${i + 1} is a comment of more than ${MAX_WIDTH} characters; wrap it`)
  return lines.length - 1
})
for (const [i, lines] of lengths.entries())
  if (lines > MAX_LINES) wrong.push(`${files[i]} has ${lines} lines, more than ${MAX_LINES}; split it by concept`)

for (const line of wrong) console.error(line)
if (wrong.length > 0) process.exit(1)
console.log(`${files.length} files, the longest has ${Math.max(...lengths)} lines`)
