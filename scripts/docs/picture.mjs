/** The graph of packages as a picture, from the imports that are really there. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sourceFiles, workspaceFolders } from '../lib/files.mjs'

const importing = /(?:from|import)\s*\(?\s*['"]@spikeward\/([\w-]+)/g

/**
 * The siblings that each package and app imports.
 *
 * @returns {Map<string, readonly string[]>}
 */
export function readImports() {
  const folders = workspaceFolders().filter((folder) => /^(packages|apps)\//.test(folder))
  const names = new Set(folders.map((folder) => folder.replace(/^.*\//, '')))
  return new Map(
    folders.map((folder) => {
      const own = folder.replace(/^.*\//, '')
      const found = sourceFiles(join(folder, 'src')).flatMap((file) =>
        [...withoutComments(readFileSync(file, 'utf8')).matchAll(importing)].map((m) => m[1] ?? ''),
      )
      return [own, [...new Set(found)].filter((n) => n !== own && names.has(n)).sort()]
    }),
  )
}

/** @param {string} text */
const withoutComments = (text) => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

const box = { width: 124, height: 30, gapX: 14, gapY: 46 }
const margin = 12

/**
 * Rows of names: packages without imports are lowest, every other one is above all that it imports.
 *
 * @param {ReadonlyMap<string, readonly string[]>} imports
 * @returns {string[][]} from top to bottom
 */
export function rows(imports) {
  /** @param {string} name @returns {number} */
  const rank = (name) => Math.max(0, ...(imports.get(name) ?? []).map((n) => rank(n) + 1))
  /** @type {string[][]} */
  const found = []
  for (const name of [...imports.keys()].sort()) (found[rank(name)] ??= []).push(name)
  return found.reverse()
}

/**
 * The imports that do not follow from others: what an import imports itself is left out.
 *
 * @param {ReadonlyMap<string, readonly string[]>} imports
 * @returns {Map<string, readonly string[]>}
 */
export function directImports(imports) {
  /** @param {string} from @param {string} to @returns {boolean} */
  const reaches = (from, to) => (imports.get(from) ?? []).some((n) => n === to || reaches(n, to))
  return new Map([...imports].map(([n, targets]) => [n, targets.filter((t) => !targets.some((u) => reaches(u, t)))]))
}

/**
 * An SVG of the graph: of all packages and their direct imports, or of one package with its imports and its importers.
 *
 * @param {ReadonlyMap<string, readonly string[]>} imports
 * @param {string | null} name
 * @returns {string}
 */
export function draw(imports, name) {
  if (name === null) imports = directImports(imports)
  const layers = rows(imports)
  const widest = Math.max(...layers.map((layer) => layer.length))
  const width = widest * (box.width + box.gapX) - box.gapX + 2 * margin
  const height = layers.length * (box.height + box.gapY) - box.gapY + 2 * margin
  /** @type {Map<string, { x: number, y: number }>} */
  const places = new Map(
    layers.flatMap((layer, row) =>
      layer.map((n, i) => {
        const from = (width - layer.length * (box.width + box.gapX) + box.gapX) / 2
        return [n, { x: from + i * (box.width + box.gapX), y: margin + row * (box.height + box.gapY) }]
      }),
    ),
  )
  const edges = [...imports].flatMap(([from, targets]) => targets.map((to) => ({ from, to })))
  const mine = (/** @type {{ from: string, to: string }} */ e) => name === null || e.from === name || e.to === name
  const lines = [...edges.filter((e) => !mine(e)), ...edges.filter(mine)].map((e) => {
    const [a, b] = [places.get(e.from), places.get(e.to)]
    if (a === undefined || b === undefined) throw new Error(`${e.from} imports ${e.to}, which has no place`)
    const [x1, y1, x2, y2] = [a.x + box.width / 2, a.y + box.height, b.x + box.width / 2, b.y]
    const bend = (y2 - y1) / 2
    return `<path class="${mine(e) ? 'mine' : 'other'}" d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}"/>`
  })
  const near = new Set(edges.filter(mine).flatMap((e) => [e.from, e.to]))
  const boxes = [...places].map(([n, { x, y }]) => {
    const kind = n === name ? 'self' : near.has(n) ? 'near' : 'far'
    return (
      `<g class="${kind}"><rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="6"/>` +
      `<text x="${x + box.width / 2}" y="${y + box.height / 2 + 4}">${n}</text></g>`
    )
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${name === null ? 'each package above those that it imports' : describe(imports, name)}">
<style>
  text { font: 12px system-ui, sans-serif; text-anchor: middle; fill: #39404d }
  rect { fill: #fff; stroke: #c3c9d4 }
  path { fill: none; stroke: #e3e6ec }
  .mine { stroke: #5b5bd6; stroke-width: 1.5 }
  .near rect { stroke: #5b5bd6 }
  .self rect { fill: #5b5bd6; stroke: #5b5bd6 }
  .self text { fill: #fff; font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    text { fill: #c9cfda }
    rect { fill: #1b1e25; stroke: #464d5b }
    path { stroke: #2c313b }
    .mine { stroke: #9b9bf5 }
    .near rect { stroke: #9b9bf5 }
  }
</style>
${[...lines, ...boxes].join('\n')}
</svg>
`
}

/**
 * The same in words.
 *
 * @param {ReadonlyMap<string, readonly string[]>} imports
 * @param {string} name
 */
export function describe(imports, name) {
  const targets = imports.get(name) ?? []
  const users = [...imports].filter(([, t]) => t.includes(name)).map(([n]) => n)
  const list = (/** @type {readonly string[]} */ names) => (names.length === 0 ? 'nothing' : names.join(', '))
  return `${name} imports ${list(targets)}; it is imported by ${list(users)}`
}
