import { sizeOf } from '../tensor/aval.js'
import { bytesOf } from '../tensor/dtype.js'
import type { Value } from '../graph/graph.js'
import { type ProtoKernel, type ProtoOperand, resolveAlias } from '../graph/protoStep.js'
import type { Lifetime, Lifetimes } from './lifetimes.js'

/** Memory of a value, or of several values in turn if one reuses the memory of another in place. */
interface Block {
  readonly bytes: number
  readonly start: number
  end: number
  offset: number
}

/** The byte offsets of values in the workspace, and its size. */
export interface Workspace {
  readonly offsetOf: ReadonlyMap<Value, number>
  readonly bytes: number
}

/**
 * Places values in a workspace by their lifetimes. With `reuse`, the result of a kernel may take the memory of an
 * operand.
 */
export function assignBlocks({ of, kernelAt }: Lifetimes, reuse: boolean): Workspace {
  const blocks = new Map<Value, Block>()
  for (const lifetime of [...of.values()].sort((a, b) => a.start - b.start || a.value.id - b.value.id)) {
    const { value, start, end } = lifetime
    const kernel = reuse ? kernelAt.get(start) : undefined
    const reused = kernel && inPlaceReuse(kernel, lifetime, of, blocks)
    if (reused) reused.end = Math.max(reused.end, end)
    blocks.set(value, reused ?? { bytes: align(bytesOfValue(value)), start, end, offset: -1 })
  }
  const bytes = pack([...new Set(blocks.values())])
  return { offsetOf: new Map([...blocks].map(([value, { offset }]) => [value, offset])), bytes }
}

const ALIGN = 64
const align = (n: number): number => Math.ceil(n / ALIGN) * ALIGN
const bytesOfValue = (v: Value): number => sizeOf(v.aval.shape) * bytesOf(v.aval.dtype)

/**
 * The block that the kernel's result may reuse in place: that of a value of the same size that no later step reads and
 * that each point reads only at the element it writes.
 */
function inPlaceReuse(
  kernel: ProtoKernel,
  lifetime: Lifetime,
  lifetimes: ReadonlyMap<Value, Lifetime>,
  blocks: ReadonlyMap<Value, Block>,
): Block | null {
  const mine = kernel.stores.flatMap((o, i) => (resolveAlias(o).value === lifetime.value ? [i] : []))
  if (mine.length !== 1) return null
  const store = kernel.kernel.stores[mine[0]!]!
  if (store.reduce !== null || !injective(kernel, store.strides) || !isSimple(kernel.stores[mine[0]!]!)) return null
  for (const o of kernel.loads) {
    const { value } = resolveAlias(o)
    const old = lifetimes.get(value)
    const block = blocks.get(value)
    if (!old || !block || old.end !== lifetime.start || block.end !== lifetime.start || old === lifetime) continue
    if (bytesOfValue(value) !== bytesOfValue(lifetime.value)) continue
    const same = kernel.loads.every(
      (p, i) => resolveAlias(p).value !== value || (isSimple(p) && sameAccess(kernel.kernel.loads[i]!, store)),
    )
    const written = kernel.stores.some((p) => resolveAlias(p).value === value)
    if (same && !written) return block
  }
  return null
}

const isSimple = (o: ProtoOperand): boolean => {
  const { offset, advance } = resolveAlias(o)
  return offset === 0 && advance.every((d) => d === 0)
}

const sameAccess = (
  a: { readonly offset: number; readonly strides: readonly number[] },
  b: { readonly offset: number; readonly strides: readonly number[] },
): boolean => a.offset === b.offset && a.strides.every((s, i) => s === b.strides[i])

/** True if no two points of the space share an address, except the steps of one time loop. */
const injective = ({ kernel }: ProtoKernel, strides: readonly number[]): boolean =>
  kernel.space.every((n, a) => n === 1 || a === kernel.time || strides[a] !== 0)

/**
 * Assigns offsets to the blocks, the largest first, each in the smallest gap between blocks that live at the same time.
 */
function pack(blocks: readonly Block[]): number {
  const earlier: Block[] = []
  let total = 0
  const order = blocks
    .map((b, i) => ({ b, i }))
    .sort((x, y) => y.b.bytes - x.b.bytes || x.b.start - y.b.start || x.i - y.i)
  for (const { b } of order) {
    const others = earlier.filter((o) => o.start <= b.end && b.start <= o.end).sort((x, y) => x.offset - y.offset)
    let best = -1,
      bestSize = Infinity,
      cursor = 0
    for (const o of others) {
      const gap = o.offset - cursor
      if (gap >= b.bytes && gap < bestSize) [best, bestSize] = [cursor, gap]
      cursor = Math.max(cursor, o.offset + o.bytes)
    }
    b.offset = best < 0 ? cursor : best
    earlier.push(b)
    total = Math.max(total, b.offset + b.bytes)
  }
  return total
}
