import { SpikewardError } from '@spikeward/core'
import { LONGEST_TEXT, readRegularSync } from '@spikeward/core/node'
import type { TriangleMesh } from '../shapes/triangles/triangleMesh.js'
import { LOOK, budgetOfText, overBudget, watchSeconds } from './files/budget.js'
import type { Budget, ReaderOptions, Watch } from './files/budget.js'

/** The numbers of lines of two ends and of triangles of three corners in Gmsh's table of element types. */
const [LINE, TRIANGLE] = [1, 2]

/** The most nodes, and the most triangles, of a mesh: a Map of JavaScript holds no more. */
const MAX_NODES = 2 ** 24

/** The lines of a mesh, read one after the other. */
type Lines = {
  /** The numbers of the next line. */
  next(): number[]
  /** The text of the next line. */
  text(): string
  /** Goes to the line after `$name`, and lets `before` read sections that come earlier. */
  section(name: string, before?: Readonly<Record<string, () => void>>): void
  /** Takes the line `$Endname`: another one means that a count is not that of the lines. */
  end(name: string): void
}

/**
 * Reads the triangles of a Gmsh file (`.msh`, text of version 2.2 or 4.1) in the plane z = 0. Elements other than
 * triangles of three corners are left out, but for the lines of physical groups: these groups are `groups` of the mesh,
 * by their names, or by their numbers if they have none. Memory is in proportion to the file, and so is the time that
 * it may take: 10 s, and one more for each MiB.
 *
 * @throws DATA_FILE_NOT_FOUND; DATA_UNSUPPORTED for other formats, triangles of other kinds only, or points off the
 *   plane; FILE_UNREADABLE where the system refuses the file; DATA_CORRUPT; DATA_BUDGET for more than 2²⁴ nodes or
 *   triangles, or more time than a file of this size explains
 * @example const plate = triangleMesh(readMesh('plate.msh'))
 */
export const readMesh = (path: string): TriangleMesh => meshIn(textOf(path), path)

/** The same for a file whose text was read already. */
export function meshIn(text: string, path: string, options: ReaderOptions = {}): TriangleMesh {
  const budget: Budget = { ...budgetOfText(text.length), nodes: MAX_NODES, ...options.budget }
  const lines = linesOf(path, text, watchSeconds(path, budget, options.clock))
  const within: Within = (count, what) => {
    if (count > budget.nodes)
      throw overBudget(path, 'nodes', `it has more than ${budget.nodes} ${what}`, `${budget.nodes}`)
  }
  lines.section('MeshFormat')
  const [version = 0, binary = 0] = lines.next()
  if (binary !== 0 || (version !== 2.2 && version !== 4.1)) {
    throw new SpikewardError(
      'DATA_UNSUPPORTED',
      `${path}: a Gmsh file of version ${version}${binary === 0 ? '' : ' in binary'}; save it as text, version 4.1 or 2.2`,
    )
  }
  const blocks = version === 4.1 ? blocksOf4 : blocksOf2
  const names = new Map<number, string>()
  const curves = new Map<number, readonly number[]>()
  lines.section('Nodes', {
    PhysicalNames: () => readNames(lines, names),
    Entities: () => readCurves(lines, curves),
  })
  const rows = new Map<number, number>()
  const points: number[] = []
  for (const { tag, at } of blocks.nodes(lines, within)) {
    const [x, y, z] = at
    if (!(Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(z)) || rows.has(tag))
      throw corrupt(path, `node ${tag}`)
    if (z !== 0) {
      throw new SpikewardError('DATA_UNSUPPORTED', `${path}: node ${tag} has z = ${z}; give a mesh in the plane z = 0`)
    }
    within(rows.size + 1, 'nodes')
    rows.set(tag, points.length / 2)
    points.push(x, y)
  }
  lines.end('Nodes')
  lines.section('Elements')
  const triangles: number[] = []
  const groups = new Map<string, number[]>()
  const rowOf = (tag: number, what: string): number => {
    const row = rows.get(tag)
    if (row === undefined) throw corrupt(path, `a ${what} with node ${tag}, which does not exist`)
    return row
  }
  let ends = 0
  for (const element of blocks.elements(lines, curves)) {
    if (element.kind === TRIANGLE) {
      for (const tag of three(element.nodes)) triangles.push(rowOf(tag, 'triangle'))
      within(triangles.length / 3, 'triangles')
      continue
    }
    for (const group of element.groups) {
      const name = names.get(group) ?? String(group)
      const own = groups.get(name) ?? []
      groups.set(name, own)
      for (const tag of two(element.nodes)) own.push(rowOf(tag, 'line'))
      within(++ends, 'lines in groups')
    }
  }
  lines.end('Elements')
  if (triangles.length === 0) {
    throw new SpikewardError(
      'DATA_UNSUPPORTED',
      `${path}: no triangles of three corners; mesh the surface with order 1`,
    )
  }
  return { points, triangles, groups: Object.fromEntries(groups) }
}

/** The names of the physical groups of lines: `dimension tag "name"` in each line of the file. @throws DATA_CORRUPT */
function readNames(lines: Lines, names: Map<number, string>): void {
  const [count = 0] = lines.next()
  for (let i = 0; i < count; i++) {
    const [, dimension, tag, name] = /^\s*(\d+)\s+(\d+)\s+"(.*)"\s*$/.exec(lines.text()) ?? []
    if (Number(dimension) === 1 && name !== undefined) names.set(Number(tag), name)
  }
  lines.end('PhysicalNames')
}

/** The physical groups of each curve in version 4.1: `tag box[6] count groups … `, after the points. */
function readCurves(lines: Lines, curves: Map<number, readonly number[]>): void {
  const [points = 0, count = 0] = lines.next()
  for (let i = 0; i < points; i++) lines.text()
  for (let i = 0; i < count; i++) {
    const [tag = Number.NaN, ...rest] = lines.next()
    const groups = rest[6] ?? 0
    // Gmsh gives a group a negative sign for a curve that runs the other way.
    if (groups > 0) curves.set(tag, rest.slice(7, 7 + groups).map(Math.abs))
  }
}

type Node = { readonly tag: number; readonly at: readonly [x: number, y: number, z: number] }

/** @throws DATA_BUDGET for a count beyond the budget of nodes */
type Within = (count: number, what: string) => void

/** A line or a triangle, with the tags of its nodes and of its physical groups. */
type Element = { readonly kind: number; readonly nodes: readonly number[]; readonly groups: readonly number[] }

type Blocks = {
  nodes(lines: Lines, within: Within): Iterable<Node>
  /**
   * Lines and triangles. `curves`: the physical groups of each curve, of which version 4.1 reads those of its lines.
   */
  elements(lines: Lines, curves: ReadonlyMap<number, readonly number[]>): Iterable<Element>
}

const place = ([x = Number.NaN, y = Number.NaN, z = Number.NaN]: readonly number[]): Node['at'] => [x, y, z]

/** Version 2.2: one line a node, `tag x y z`, and one an element, `tag type tags … corners`. */
const blocksOf2: Blocks = {
  *nodes(lines) {
    const [count = 0] = lines.next()
    for (let i = 0; i < count; i++) {
      const [tag = Number.NaN, ...at] = lines.next()
      yield { tag, at: place(at) }
    }
  },
  *elements(lines) {
    const [count = 0] = lines.next()
    for (let i = 0; i < count; i++) {
      const [, kind, tags = 0, ...rest] = lines.next()
      if (kind !== LINE && kind !== TRIANGLE) continue
      // The first tag is the physical group; 0 is none.
      const groups = tags > 0 && rest[0] !== undefined && rest[0] !== 0 ? [Math.abs(rest[0])] : []
      yield { kind, nodes: rest.slice(tags), groups }
    }
  },
}

/** Version 4.1: blocks of nodes, first their tags and then their coordinates, and blocks of elements of one type. */
const blocksOf4: Blocks = {
  *nodes(lines, within) {
    const [blocks = 0] = lines.next()
    for (let b = 0; b < blocks; b++) {
      const [, , , count = 0] = lines.next()
      within(count, 'nodes')
      const tags: number[] = []
      for (let i = 0; i < count; i++) tags.push(lines.next()[0] ?? Number.NaN)
      for (const tag of tags) yield { tag, at: place(lines.next()) }
    }
  },
  *elements(lines, curves) {
    const [blocks = 0] = lines.next()
    for (let b = 0; b < blocks; b++) {
      const [dimension, entity = Number.NaN, kind, count = 0] = lines.next()
      const groups = dimension === 1 ? (curves.get(entity) ?? []) : []
      for (let i = 0; i < count; i++) {
        const [, ...nodes] = lines.next()
        if (kind === LINE || kind === TRIANGLE) yield { kind, nodes, groups }
      }
    }
  },
}

/** Exactly three corners: a missing one is the tag of no node. */
const three = (corners: readonly number[]): number[] => [0, 1, 2].map((c) => corners[c] ?? Number.NaN)

const two = (ends: readonly number[]): number[] => three(ends).slice(0, 2)

function textOf(path: string): string {
  const options = { most: LONGEST_TEXT, what: 'the file of a mesh', absent: 'DATA_FILE_NOT_FOUND' }
  return new TextDecoder().decode(readRegularSync(path, options))
}

const corrupt = (path: string, what: string): SpikewardError =>
  new SpikewardError('DATA_CORRUPT', `${path} is damaged: ${what}; write it again`)

/** The most characters of a line of numbers: an element of 1000 corners takes less. */
const LONGEST = 2 ** 16

function linesOf(path: string, text: string, watch: Watch): Lines {
  let line = 0
  let at = 0
  let look = 0
  const read = (): string => {
    if (at > text.length) throw corrupt(path, 'it ends before its last section')
    if (at >= look) {
      watch()
      look = at + LOOK
    }
    const end = text.indexOf('\n', at)
    const content = text.slice(at, end < 0 ? text.length : end)
    at = end < 0 ? text.length + 1 : end + 1
    line++
    return content
  }
  return {
    next() {
      const content = read()
      if (content.startsWith('$'))
        throw corrupt(path, `line ${line} begins '${content.slice(0, 20)}' where numbers belong`)
      if (content.length > LONGEST) throw corrupt(path, `line ${line} has ${content.length} characters`)
      return content.trim().split(/\s+/).map(Number)
    },
    text: read,
    section(name, before = {}) {
      for (;;) {
        const content = read().trim()
        if (content === `$${name}`) return
        const own = content.startsWith('$') ? content.slice(1) : ''
        if (Object.hasOwn(before, own)) before[own]!()
      }
    },
    end(name) {
      if (read().trim() === `$End${name}`) return
      throw corrupt(path, `line ${line} is not '$End${name}', so a count of the section is not that of its lines`)
    },
  }
}
