import { readFileSync } from 'node:fs'
import { SpikewardError } from '@spikeward/core'
import type { TriangleMesh } from '../shapes/triangleMesh.js'

/** The number of triangles of three corners in Gmsh's table of element types. */
const TRIANGLE = 2

/** The lines of a mesh, read one after the other. */
type Lines = {
  /** The numbers of the next line. */
  next(): number[]
  /** Goes to the line after `$name`. */
  section(name: string): void
}

/**
 * Reads the triangles of a Gmsh file (`.msh`, text of version 2.2 or 4.1) in the plane z = 0. Elements other than triangles of three
 * corners are left out. Time and memory are in proportion to the file.
 *
 * @throws DATA_FILE_NOT_FOUND; DATA_UNSUPPORTED for other formats, triangles of other kinds only, or points off the plane; DATA_CORRUPT
 * @example const plate = triangleMesh(readMesh('plate.msh'))
 */
export function readMesh(path: string): TriangleMesh {
  const lines = linesOf(path, textOf(path))
  lines.section('MeshFormat')
  const [version = 0, binary = 0] = lines.next()
  if (binary !== 0 || (version !== 2.2 && version !== 4.1)) {
    throw new SpikewardError(
      'DATA_UNSUPPORTED',
      `${path}: a Gmsh file of version ${version}${binary === 0 ? '' : ' in binary'}; save it as text, version 4.1 or 2.2`,
    )
  }
  const blocks = version === 4.1 ? blocksOf4 : blocksOf2
  lines.section('Nodes')
  const rows = new Map<number, number>()
  const points: number[] = []
  for (const { tag, at } of blocks.nodes(lines)) {
    const [x, y, z] = at
    if (!(Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(z)) || rows.has(tag))
      throw corrupt(path, `node ${tag}`)
    if (z !== 0) {
      throw new SpikewardError('DATA_UNSUPPORTED', `${path}: node ${tag} has z = ${z}; give a mesh in the plane z = 0`)
    }
    rows.set(tag, points.length / 2)
    points.push(x, y)
  }
  lines.section('Elements')
  const triangles: number[] = []
  for (const corners of blocks.triangles(lines)) {
    for (const tag of corners) {
      const row = rows.get(tag)
      if (row === undefined) throw corrupt(path, `a triangle with node ${tag}, which does not exist`)
      triangles.push(row)
    }
  }
  if (triangles.length === 0) {
    throw new SpikewardError(
      'DATA_UNSUPPORTED',
      `${path}: no triangles of three corners; mesh the surface with order 1`,
    )
  }
  return { points, triangles }
}

type Node = { readonly tag: number; readonly at: readonly [x: number, y: number, z: number] }

type Blocks = {
  nodes(lines: Lines): Iterable<Node>
  triangles(lines: Lines): Iterable<readonly number[]>
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
  *triangles(lines) {
    const [count = 0] = lines.next()
    for (let i = 0; i < count; i++) {
      const [, kind, tags = 0, ...rest] = lines.next()
      if (kind === TRIANGLE) yield three(rest.slice(tags))
    }
  },
}

/** Version 4.1: blocks of nodes, first their tags and then their coordinates, and blocks of elements of one type. */
const blocksOf4: Blocks = {
  *nodes(lines) {
    const [blocks = 0] = lines.next()
    for (let b = 0; b < blocks; b++) {
      const [, , , count = 0] = lines.next()
      const tags: number[] = []
      for (let i = 0; i < count; i++) tags.push(lines.next()[0] ?? Number.NaN)
      for (const tag of tags) yield { tag, at: place(lines.next()) }
    }
  },
  *triangles(lines) {
    const [blocks = 0] = lines.next()
    for (let b = 0; b < blocks; b++) {
      const [, , kind, count = 0] = lines.next()
      for (let i = 0; i < count; i++) {
        const [, ...corners] = lines.next()
        if (kind === TRIANGLE) yield three(corners)
      }
    }
  },
}

/** Exactly three corners: a missing one is the tag of no node. */
const three = (corners: readonly number[]): number[] => [0, 1, 2].map((c) => corners[c] ?? Number.NaN)

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new SpikewardError('DATA_FILE_NOT_FOUND', `${path} cannot be read; check the path`, { cause })
  }
}

const corrupt = (path: string, what: string): SpikewardError =>
  new SpikewardError('DATA_CORRUPT', `${path} is damaged: ${what}; write it again`)

function linesOf(path: string, text: string): Lines {
  const all = text.split(/\r?\n/)
  let line = 0
  const read = (): string => {
    const found = all[line++]
    if (found === undefined) throw corrupt(path, 'it ends before its last section')
    return found
  }
  return {
    next() {
      const found = read()
      if (found.startsWith('$')) throw corrupt(path, `line ${line} begins '${found.slice(0, 20)}' where numbers belong`)
      return found.trim().split(/\s+/).map(Number)
    },
    section(name) {
      while (read().trim() !== `$${name}`);
    },
  }
}
