/**
 * Fails if a source file that exports one function, value or class is not named after what it exports: the name of the
 * file and that of an export must contain each other, regardless of case (`folds.ts` may export `makeFolds`).
 *
 * Exempt are entries of packages and programs, files that mostly export types, and files named after a role that a
 * folder of siblings repeats (`pde/<name>/solver.ts`, `regression/<name>/problem.ts`). A solver exports a function
 * `solve…`, a solution one value `…Solution`.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { filesUnder, workspaceFolders } from '../lib/files.mjs'

const entries = new Set(['index', 'main', 'node', 'page', 'program'])
const role = /\/(?:pde|regression)\/[^/]+\/(problem|solver|solution|defaults)\.ts$/
const solver = /\/pde\/[^/]+\/solver\.ts$/
const solution = /\/pde\/[^/]+\/solution\.ts$/
/** A file with more types than this is about them. */
const MANY_TYPES = 4

const sources = workspaceFolders()
  .flatMap((folder) => filesUnder(folder, /\.ts$/))
  .filter((file) => /\/src\//.test(file))

/** @param {string} text @param {RegExp} pattern */
const names = (text, pattern) => [...text.matchAll(pattern)].map(([, name = '']) => name.toLowerCase())

/** @type {string[]} */
const wrong = []
for (const file of sources) {
  if (solver.test(file) && !/^export function solve/m.test(readFileSync(file, 'utf8')))
    wrong.push(`${file} exports no function solve…; name the file after what it exports`)
  if (solution.test(file) && !/^export (?:function|const) \w+Solution\b/m.test(readFileSync(file, 'utf8')))
    wrong.push(`${file} exports no …Solution; name the file after what it exports`)
  if (role.test(file)) continue
  const name = basename(file)
    .replace(/(\.svelte)?\.ts$/, '')
    .toLowerCase()
  if (entries.has(name)) continue
  const text = readFileSync(file, 'utf8')
  const values = names(text, /^export (?:async )?(?:function\*?|const|class) (\w+)/gm)
  const types = names(text, /^export (?:type|interface) (\w+)/gm)
  const [only] = values
  const passesOn = /^export \{/m.test(text)
  if (only === undefined || passesOn || values.length > 1 || types.length >= MANY_TYPES) continue
  const singular = name.replace(/s$/, '')
  const fits = [only, ...types].some((one) => one.includes(singular) || name.includes(one))
  if (!fits) wrong.push(`${file} exports ${only} and is not named after it; rename the file`)
}

for (const line of wrong) console.error(line)
if (wrong.length > 0) process.exit(1)
console.log(`${sources.length} files are named after what they export`)
