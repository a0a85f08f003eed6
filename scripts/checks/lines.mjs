/**
 * Fails if a source file has more than 400 lines, and so more than one concept, or if a folder of sources or tests has
 * more than 15 files, too many to survey.
 */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { filesUnder, sourceFolders } from '../lib/files.mjs'

const MOST_LINES = 400
const MOST_FILES = 15
const sources = /\.(ts|mts|mjs|js|cjs|svelte|cpp|cc|hpp|h|inl|py)$/

const files = sourceFolders().flatMap((folder) => filesUnder(folder, sources))
/** @type {string[]} */
const wrong = []

const lengths = files.map((file) => readFileSync(file, 'utf8').split('\n').length - 1)
for (const [i, lines] of lengths.entries())
  if (lines > MOST_LINES) wrong.push(`${files[i]} has ${lines} lines, more than ${MOST_LINES}; split it by concept`)

/** @type {Map<string, number>} */
const held = new Map()
for (const folder of files.map((file) => dirname(file))) held.set(folder, (held.get(folder) ?? 0) + 1)
for (const [folder, count] of held)
  if (count > MOST_FILES) wrong.push(`${folder} holds ${count} files, more than ${MOST_FILES}; sort it into folders`)

for (const line of wrong) console.error(line)
if (wrong.length > 0) process.exit(1)
console.log(`${files.length} files, the longest has ${Math.max(...lengths)} lines; ${held.size} folders`)
