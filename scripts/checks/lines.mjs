/**
 * Fails if a source file has more than 400 lines, and so more than one concept, or if a folder of sources or tests has
 * more than 15 files, too many to survey. The pages and the stored runs of benchmarks have the same limit. A folder to which
 * CONTRIBUTING.md tells readers to add a file holds at most 14.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { filesUnder, sourceFolders } from '../lib/files.mjs'

const MAX_LINES = 400
const MAX_FILES = 15
const sources = /\.(ts|mts|mjs|js|cjs|svelte|cpp|cc|hpp|h|inl|py)$/

const files = sourceFolders().flatMap((folder) => filesUnder(folder, sources))
/** @type {string[]} */
const wrong = []

const lengths = files.map((file) => readFileSync(file, 'utf8').split('\n').length - 1)
for (const [i, lines] of lengths.entries())
  if (lines > MAX_LINES) wrong.push(`${files[i]} has ${lines} lines, more than ${MAX_LINES}; split it by concept`)

/**
 * Notes every folder that holds too many of these files; returns the number of folders.
 *
 * @param {readonly string[]} of
 * @param {string} remedy
 */
function survey(of, remedy) {
  /** @type {Map<string, number>} */
  const held = new Map()
  for (const folder of of.map((file) => dirname(file))) held.set(folder, (held.get(folder) ?? 0) + 1)
  for (const [folder, count] of held)
    if (count > MAX_FILES) wrong.push(`${folder} holds ${count} files, more than ${MAX_FILES}; ${remedy}`)
  return held.size
}

const folders = survey(files, 'sort it into folders')
survey(filesUnder('docs/benchmarks', /\.md$/), 'sort the pages into folders')
survey(
  filesUnder('docs/benchmarks/runs', /\.json$/),
  'split the page that shows these runs, by `pages` of its benchmark (as apps/bench/src/benchmarks/estimators/tuned.ts does), and run: npm run -s bench -- docs',
)

// The first column of paths in the table "to add" of CONTRIBUTING.md: where a new file goes, there must be room for it.
const guide = existsSync('CONTRIBUTING.md') ? readFileSync('CONTRIBUTING.md', 'utf8') : ''
const addedTo = guide.matchAll(/^\| an? [^|]*\| `([^`|]+)\/[^`/|]+\.ts` \|/gm)
for (const folder of new Set([...addedTo].map(([, path = '']) => path)))
  if (files.filter((file) => dirname(file) === folder).length >= MAX_FILES)
    wrong.push(`${folder} has no room for the file that CONTRIBUTING.md puts there; sort it into folders`)

for (const line of wrong) console.error(line)
if (wrong.length > 0) process.exit(1)
console.log(`${files.length} files, the longest has ${Math.max(...lengths)} lines; ${folders} folders`)
