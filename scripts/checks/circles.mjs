/**
 * Fails if modules of a package import each other in a circle, Svelte components included. Type imports count, and
 * `import()` too. Lint finds the circles of modules only, and sooner.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { parse } from 'svelte/compiler'
import { preProcessFile } from 'typescript'
import { filesUnder, sourceFolders } from '../lib/files.mjs'

/** @param {string} text @returns {string[]} */
const importsOfModule = (text) => preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)

/** @param {string} text @returns {string[]} */
function importsOfComponent(text) {
  const { module, instance } = parse(text, { modern: true })
  return [module, instance].flatMap((script) =>
    (script?.content.body ?? []).flatMap((node) =>
      'source' in node && typeof node.source?.value === 'string' ? [node.source.value] : [],
    ),
  )
}

/**
 * @param {string} from the file that imports
 * @param {string} target a relative path, as it is written
 * @returns {string | null} the source file, or null if it is no source
 */
function resolveImport(from, target) {
  const path = normalize(join(dirname(from), target))
  const found = [path, path.replace(/\.js$/, '.ts'), path.replace(/\.mjs$/, '.mts')].find(
    (one) => /\.(ts|mts|mjs|js|svelte)$/.test(one) && existsSync(one),
  )
  return found ?? null
}

/** @param {string} file @returns {string[]} */
function importsOf(file) {
  const text = readFileSync(file, 'utf8')
  const targets = file.endsWith('.svelte') ? importsOfComponent(text) : importsOfModule(text)
  return targets.filter((target) => target.startsWith('.')).flatMap((target) => resolveImport(file, target) ?? [])
}

const files = sourceFolders().flatMap((folder) => filesUnder(folder, /\.(ts|mts|mjs|js|svelte)$/))
const graph = new Map(files.map((file) => [file, importsOf(file)]))

/** Files of which every import was followed. @type {Set<string>} */
const done = new Set()
/** @type {string[]} */
const circles = []

/** @param {string} file @param {readonly string[]} path the files that lead to it */
function follow(file, path) {
  const at = path.indexOf(file)
  if (at >= 0) {
    circles.push([...path.slice(at), file].join(' → '))
    return
  }
  if (done.has(file)) return
  for (const next of graph.get(file) ?? []) follow(next, [...path, file])
  done.add(file)
}
for (const file of files) follow(file, [])

for (const circle of circles) console.error(`these files import each other: ${circle}; move what they share to a file`)
if (circles.length > 0) process.exit(1)
const components = files.filter((file) => file.endsWith('.svelte')).length
console.log(`no circles among ${files.length} files, ${components} of them Svelte components`)
