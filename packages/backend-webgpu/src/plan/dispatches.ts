import { libraryFor } from '../kernel/library.js'
import type { Leaf, Link, Loop, Part, Scheduled, Stage } from './scheduleWork.js'
import type { TilingTraits } from '../device/traits.js'
import type { Emitted, Threads } from './task.js'

/** A dispatch: its code and its number of workgroups. */
export interface Dispatch {
  readonly kind: 'dispatch'
  readonly code: string
  readonly groups: number
}

export type Order = Dispatch | Loop<Order>

/** The largest number of workgroups along one axis of a dispatch. */
export const GROUPS_ACROSS = 65535

/** Generates a shader for every stage; `entries` is the length of the table of addresses. */
export function ordersOf(
  items: readonly Scheduled[],
  entries: number,
  tiling: TilingTraits,
  around: readonly number[] = [],
): Order[] {
  return items.map(
    (item): Order =>
      item.kind === 'stage'
        ? dispatchOf(item, entries, tiling, around)
        : { ...item, items: ordersOf(item.items, entries, tiling, [...around, item.length]) },
  )
}

interface Function {
  readonly name: string
  readonly emitted: Emitted
}

function dispatchOf(stage: Stage, entries: number, tiling: TilingTraits, around: readonly number[]): Dispatch {
  const leaves = stage.parts.flatMap(leavesOf)
  const isTiled = stage.parts.some((p) => p.kind === 'tileFused')
  const threads = isTiled ? tiling.threads : threadsOf(stage)
  const barrier = isTiled && !tiling.barriers ? [] : [BARRIER]
  const depth = Math.max(around.length, ...stage.parts.map((p) => depthOf(p, around.length)))
  const indices = Array.from({ length: depth }, (_, d) => `d${d}`)
  // Steps of a tile-fused group also take the number of the workgroup's scratch.
  const known = isTiled ? [...indices, 'o'] : indices
  const params = known.map((d) => `, ${d}: u32`).join('')
  const passed = known.map((d) => `, ${d}`).join('')
  const functions = new Map<Leaf, Function>()
  for (const [i, leaf] of leaves.entries()) functions.set(leaf, { name: `step${i}`, emitted: leaf.task.emit(threads) })

  const call = (leaf: Leaf, g: string): string => `${functions.get(leaf)!.name}(${g}, l${passed});`
  const link = (item: Link, next: Link | null): string[] => {
    if (item.kind === 'loop') {
      const [first = null] = item.items
      return [
        `for (var d${item.depth} = 0u; d${item.depth} < ${item.length}u; d${item.depth}++) {`,
        ...item.items.flatMap((inner, i) => link(inner, item.items[i + 1] ?? first)),
        '}',
        ...(next === null || (isAlone(item) && isAlone(next)) ? [] : barrier),
      ]
    }
    const { groups } = functions.get(item)!.emitted
    return [
      ...(groups === 1 ? [call(item, '0u')] : [`for (var v = 0u; v < ${groups}u; v++) { ${call(item, 'v')} }`]),
      ...(next === null || (isAlone(item) && isAlone(next)) ? [] : barrier),
    ]
  }
  let total = 0
  const branches: string[] = []
  const start = (): string => (total === 0 ? 'g' : `g - ${total}u`)
  const branch = (groups: number, body: readonly string[]): void => {
    total += groups
    branches.push(`if (g < ${total}u) {\n${body.join('\n')}\n}`)
  }
  for (const part of stage.parts) {
    switch (part.kind) {
      case 'spread':
        branch(functions.get(part.leaf)!.emitted.groups, [call(part.leaf, start())])
        break
      case 'chain':
        branch(
          1,
          part.links.flatMap((l, i) => link(l, part.links[i + 1] ?? null)),
        )
        break
      case 'tileFused':
        branch(part.workgroups, [
          `// tile-fused group: ${part.tiles} tiles by ${part.workgroups} workgroups`,
          `for (var d${part.depth} = ${part.firstTile}u + o; d${part.depth} < ${part.firstTile + part.tiles}u; d${part.depth} += ${part.workgroups}u) {`,
          // A tile starts after the previous tile has ended.
          ...part.items.flatMap((l, i) => link(l, part.items[i + 1] ?? part.items[0]!)),
          '}',
        ])
    }
  }
  const emitted = [...functions.values()].map((f) => f.emitted)
  const most = (of: (e: Emitted) => number): number => Math.max(0, ...emitted.map(of))
  const text = [
    ...(most((e) => e.tile) > 0 ? [`var<workgroup> tile: array<f32, ${most((e) => e.tile)}>;`] : []),
    ...(most((e) => e.bits) > 0 ? [`var<workgroup> bits: array<u32, ${most((e) => e.bits)}>;`] : []),
    ...(most((e) => e.halves ?? 0) > 0 ? [`var<workgroup> halves: array<f16, ${most((e) => e.halves ?? 0)}>;`] : []),
    ...leaves.flatMap((leaf) => {
      const { name, emitted: e } = functions.get(leaf)!
      return [`// ${leaf.task.name}`, `fn ${name}(g: u32, l: u32${params}) {`, ...e.body, '}']
    }),
    `@compute @workgroup_size(${threads})`,
    'fn main(@builtin(workgroup_id) w: vec3u, @builtin(local_invocation_index) l: u32) {',
    `let g = w.y * ${GROUPS_ACROSS}u + w.x;`,
    ...loopIndices(around, depth),
    ...(isTiled ? ['let o = g;'] : []),
    branches.join(' else '),
    '}',
  ].join('\n')
  const code = [
    ...(/\bsubgroup[A-Z]/.test(text) ? ['enable subgroups;'] : []),
    ...(/\bf16\b/.test(text) ? ['enable f16;'] : []),
    '@group(0) @binding(0) var<storage, read_write> m: array<u32>;',
    `@group(0) @binding(1) var<uniform> p: array<vec4u, ${Math.ceil(entries / 4)}>;`,
    '@group(0) @binding(2) var<uniform> turn: vec4u;',
    libraryFor(text),
    text,
  ].join('\n')
  return { kind: 'dispatch', code: indent(code), groups: total }
}

/** Makes what one step of a chain wrote visible to the next. */
const BARRIER = 'storageBarrier(); workgroupBarrier();'

const isAlone = (link: Link): boolean => leavesOfLink(link).every((l) => l.task.singleThread)

/**
 * 256 threads if a product in tiles needs them or one workgroup has much work; otherwise 64, for more workgroups and
 * cheaper barriers.
 */
const threadsOf = (stage: Stage): Threads =>
  stage.parts.some((part) =>
    leavesOf(part).some((l) => l.task.wide || (part.kind === 'chain' && l.task.emit(64).groups > 1)),
  )
    ? 256
    : 64

function leavesOf(part: Part): Leaf[] {
  switch (part.kind) {
    case 'spread':
      return [part.leaf]
    case 'chain':
      return part.links.flatMap(leavesOfLink)
    case 'tileFused':
      return part.items.flatMap(leavesOfLink)
  }
}
const leavesOfLink = (link: Link): Leaf[] => (link.kind === 'leaf' ? [link] : link.items.flatMap(leavesOfLink))

function depthOf(part: Part, around: number): number {
  if (part.kind === 'spread') return around
  if (part.kind === 'chain') return Math.max(around, ...part.links.map((l) => deepest(l, around)))
  return Math.max(...part.items.map((l) => deepest(l, part.depth + 1)))
}
const deepest = (link: Link, around: number): number =>
  link.kind === 'leaf' ? around : Math.max(...link.items.map((l) => deepest(l, link.depth + 1)))

/** The indices of the loops on the host, from their flat index; loops within a workgroup start at 0. */
function loopIndices(around: readonly number[], depth: number): string[] {
  const lines: string[] = []
  let stride = around.reduce((a, b) => a * b, 1)
  for (const [d, length] of around.entries()) {
    stride /= length
    lines.push(`let d${d} = turn.x / ${stride}u % ${length}u;`)
  }
  for (let d = around.length; d < depth; d++) lines.push(`let d${d} = 0u;`)
  return lines
}

/** Indents code by its braces, for human readers. */
function indent(code: string): string {
  let depth = 0
  return code
    .split('\n')
    .map((line) => {
      const closes = /^}/.test(line) ? 1 : 0
      const text = `${'  '.repeat(Math.max(depth - closes, 0))}${line.trim()}`
      depth += (line.match(/{/g) ?? []).length - (line.match(/}/g) ?? []).length
      return text
    })
    .join('\n')
}
