import { SpikewardError } from '../errors.js'
import { Key } from '../numpy/key.js'
import { collect, Tensor, track } from './tensor.js'

/**
 * Nested records and arrays of tensors and keys: parameters, states, batches. Declare records with `type`, not
 * `interface`.
 */
export type Tree = Tensor | Key | readonly Tree[] | { readonly [name: string]: Tree }

/** The shape of a tree without its tensors; equal structures have equal `text`. */
export interface Structure {
  readonly kind: 'leaf' | 'key' | 'list' | 'record'
  readonly names: readonly string[]
  readonly children: readonly Structure[]
  /** Canonical text, for comparison and as a cache key. */
  readonly text: string
}

const leaf: Structure = { kind: 'leaf', names: [], children: [], text: '*' }
const keyLeaf: Structure = { kind: 'key', names: [], children: [], text: 'key' }

function describe(t: unknown): string {
  if (t instanceof Promise) return 'a Promise'
  return t === null ? 'null' : Array.isArray(t) ? 'an array' : typeof t
}

/**
 * A name as it stands in the text of a structure. Most names need no escapes, and this runs at every call of a jit
 * function.
 */
const quoted = (name: string): string => (/^\w+$/.test(name) ? `"${name}"` : JSON.stringify(name))

/** @param path names and indices on the way to `t`, for errors */
function visit(t: Tree, leaves: Tensor[], path: (string | number)[]): Structure {
  const inside = (child: Tree, name: string | number): Structure => {
    path.push(name)
    const structure = visit(child, leaves, path)
    path.pop()
    return structure
  }
  if (t instanceof Tensor) {
    leaves.push(t)
    return leaf
  }
  if (t instanceof Key) {
    leaves.push(t.words)
    return keyLeaf
  }
  if (Array.isArray(t)) {
    const children = (t as readonly Tree[]).map(inside)
    return { kind: 'list', names: [], children, text: `[${children.map((c) => c.text).join(',')}]` }
  }
  // By assignment, __proto__ is no name of its own.
  if (isPlainRecord(t) && !Object.hasOwn(t, '__proto__')) {
    const names = Object.keys(t).sort()
    const children = names.map((n) => inside(t[n]!, n))
    const text = `{${names.map((n, i) => `${quoted(n)}:${children[i]!.text}`).join(',')}}`
    return { kind: 'record', names, children, text }
  }
  throw new SpikewardError(
    t instanceof Promise ? 'ASYNC_FUNCTION' : 'NOT_A_TREE',
    `${path.map((name) => (typeof name === 'number' ? `[${name}]` : `.${name}`)).join('') || 'the value'} is ${describe(t)}; trees are tensors, keys, arrays and plain records of them` +
      (t instanceof Promise
        ? '; traced functions must be synchronous: await outside'
        : '; make numbers tensors with tensor()'),
  )
}

/** The tensors of a tree in a fixed order (records by sorted name), and its structure. */
export function treeFlatten(tree: Tree): { leaves: Tensor[]; structure: Structure } {
  const leaves: Tensor[] = []
  return { structure: visit(tree, leaves, []), leaves }
}

/**
 * The tensors of a tree of a known structure, in the order of {@link treeFlatten}; null if the tree has another
 * structure. Costs a comparison: no structure is made.
 */
export function leavesOf(structure: Structure, tree: Tree): Tensor[] | null {
  const leaves: Tensor[] = []
  return collectLeaves(structure, tree, leaves) ? leaves : null
}

function collectLeaves(s: Structure, t: unknown, leaves: Tensor[]): boolean {
  if (s.kind === 'leaf') return t instanceof Tensor && leaves.push(t) > 0
  if (s.kind === 'key') return t instanceof Key && leaves.push(t.words) > 0
  if (s.kind === 'list') {
    if (!Array.isArray(t) || t.length !== s.children.length) return false
    for (let i = 0; i < t.length; i++) if (!collectLeaves(s.children[i]!, t[i], leaves)) return false
    return true
  }
  if (!isPlainRecord(t) || Object.keys(t).length !== s.names.length) return false
  for (let i = 0; i < s.names.length; i++) {
    const name = s.names[i]!
    if (!Object.hasOwn(t, name) || !collectLeaves(s.children[i]!, t[name], leaves)) return false
  }
  return true
}

function isPlainRecord(t: unknown): t is { readonly [name: string]: unknown } {
  if (typeof t !== 'object' || t === null) return false
  const prototype: unknown = Object.getPrototypeOf(t)
  return prototype === Object.prototype || prototype === null
}

/** The inverse of {@link treeFlatten}. Throws STRUCTURE_MISMATCH when there are too few or too many leaves. */
export function treeUnflatten(structure: Structure, leaves: readonly Tensor[]): Tree {
  let next = 0
  const build = (s: Structure): Tree => {
    if (s.kind === 'leaf' || s.kind === 'key') {
      const t = leaves[next++]
      if (t === undefined)
        throw new SpikewardError('STRUCTURE_MISMATCH', `a tree ${structure.text} got only ${leaves.length} leaves`)
      return s.kind === 'key' ? new Key(t) : t
    }
    if (s.kind === 'list') return s.children.map(build)
    const record: Record<string, Tree> = {}
    for (let i = 0; i < s.names.length; i++) record[s.names[i]!] = build(s.children[i]!)
    return record
  }
  const tree = build(structure)
  if (next !== leaves.length) {
    throw new SpikewardError('STRUCTURE_MISMATCH', `a tree ${structure.text} has ${next} leaves, got ${leaves.length}`)
  }
  return tree
}

/** The number of leaves of a tree of this structure. */
export const leafCount = (s: Structure): number =>
  s.kind === 'leaf' || s.kind === 'key' ? 1 : s.children.reduce((sum, child) => sum + leafCount(child), 0)

/** The tensors of a tree, in the order of {@link treeFlatten}. */
export const treeLeaves = (tree: Tree): Tensor[] => treeFlatten(tree).leaves

/** A name for every leaf, such as `layers.0.weight`, in the order of {@link treeFlatten}. */
export function treePaths(tree: Tree): string[] {
  const paths: string[] = []
  const walk = (s: Structure, path: string): void => {
    if (s.children.length === 0 && s.kind !== 'list' && s.kind !== 'record') paths.push(path)
    s.children.forEach((c, i) => walk(c, path === '' ? (s.names[i] ?? String(i)) : `${path}.${s.names[i] ?? i}`))
  }
  walk(treeFlatten(tree).structure, '')
  return paths
}

/**
 * Applies `f` to every tensor of `tree`, with the tensors at the same place of `rest`.
 * Throws STRUCTURE_MISMATCH, naming both structures, if they differ.
 *
 * @example treeMap((p, g) => sub(p, mul(0.1, g)), params, grad)
 */
export function treeMap<T extends Tree>(
  f: (x: Tensor, ...rest: Tensor[]) => Tensor,
  tree: T,
  ...rest: readonly Tree[]
): T {
  const first = treeFlatten(tree)
  const others = rest.map((r) => {
    const flat = treeFlatten(r)
    sameStructure(first.structure, flat.structure)
    return flat.leaves
  })
  return treeUnflatten(
    first.structure,
    first.leaves.map((x, i) => f(x, ...others.map((o) => o[i]!))),
  ) as T
}

/** Throws STRUCTURE_MISMATCH unless the two structures are equal. */
export function sameStructure(expected: Structure, actual: Structure, what = 'trees'): void {
  if (expected.text !== actual.text) {
    throw new SpikewardError(
      'STRUCTURE_MISMATCH',
      `${what} differ in structure: expected ${expected.text}, found ${actual.text}`,
    )
  }
}

/**
 * The tensors in the result of a scope's body; if that is not a tree, everything that the body made is freed before the
 * error.
 */
function keptBy(result: Tree, own: ReadonlySet<Tensor>): readonly Tensor[] {
  try {
    return treeLeaves(result)
  } catch (error) {
    for (const t of own) t.dispose()
    if (result !== undefined) throw error
    throw new SpikewardError(
      'NOT_A_TREE',
      'scope(): its function returns nothing, so every tensor that it made is freed; return the tensors to keep, or [] to keep none',
      { cause: error },
    )
  }
}

/**
 * Runs `body` and frees every tensor made inside, except those in its result (which an outer scope then owns).
 *
 * @throws NOT_A_TREE if the result is not a tree of tensors, such as undefined; ASYNC_FUNCTION if it is a Promise
 * @example const norm = scope(() => sqrt(sum(square(x))))
 */
export function scope<R extends Tree>(body: () => R): R {
  return collect(body, (result, own) => {
    const results = new Set(keptBy(result, own))
    for (const t of own) {
      if (results.has(t)) track(t)
      else t.dispose()
    }
  })
}
