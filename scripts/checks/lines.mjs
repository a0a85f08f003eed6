/** Fails if a source file has more than 400 lines, and so more than one concept. */
import { readFileSync } from 'node:fs'
import { filesUnder, sourceFolders } from '../lib/files.mjs'

const MAX_LINES = 400
const sources = /\.(ts|mts|mjs|js|cjs|svelte|cpp|cc|hpp|h|inl|py)$/

const files = sourceFolders().flatMap((folder) => filesUnder(folder, sources))
/** @type {string[]} */
const wrong = []

const lengths = files.map((file) => readFileSync(file, 'utf8').split('\n').length - 1)
for (const [i, lines] of lengths.entries())
  if (lines > MAX_LINES) wrong.push(`${files[i]} has ${lines} lines, more than ${MAX_LINES}; split it by concept`)

for (const line of wrong) console.error(line)
if (wrong.length > 0) process.exit(1)
console.log(`${files.length} files, the longest has ${Math.max(...lengths)} lines`)
