import { bytesOf, overlaps, mergeAxes, reductionIdentity } from '@spikeward/core/backend'
import type { DType, Kernel, Operand } from '@spikeward/core/backend'
import { emitLoop } from '../kernel/emitLoop.js'
import { expand } from '../kernel/expand.js'
import { kernelGraph, type Loop, type StoreAccess, prune } from '../kernel/kernelGraph.js'
import { planNest, type Nest } from '../kernel/nest.js'
import { hazard, separate, type Aliases } from '../kernel/separate.js'
import type { Build } from './build.js'
import type { Phase, Pointer } from './phase.js'
import { operandPointer, scratchPointer } from './pointers.js'

/** A key that two loops share if and only if their code is the same. Plain JSON would lose NaN, ∞ and −0. */
function loopKey({ name: _, ...loop }: Loop): string {
  return JSON.stringify(loop, (_key, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? `${Object.is(value, -0) ? '-0' : value}`
      : value,
  )
}

/** A loop with as few axes as its accesses allow, without empty reductions. Null if there is nothing to compute. */
function normaliseLoop(loop: Loop): Loop | null {
  const unreduced = loop.space.filter((_, a) => a !== loop.time && !loop.reduce.includes(a))
  if (unreduced.includes(0) || loop.stores.length === 0) return null
  let now = loop.reduce.some((a) => loop.space[a] === 0) ? emptyFold(loop) : loop
  if (now.time !== null && now.space[now.time] === 0) now = withoutSteps(now)
  if (now.stores.length === 0) return null
  return mergeAxes(prune(now))
}

/** A reduction over no elements stores its neutral element. */
function emptyFold(loop: Loop): Loop {
  const g = kernelGraph()
  return {
    ...loop,
    space: loop.space.map((n, a) => (loop.reduce.includes(a) ? 1 : n)),
    reduce: [],
    loads: [],
    stores: loop.stores.flatMap((s) =>
      s.reduce === null
        ? []
        : [{ ...s, reduce: null, node: g.constant(s.dtype, reductionIdentity(s.reduce, s.dtype)) }],
    ),
    nodes: g.nodes,
  }
}

/** Without time steps, only the stores outside the time loop remain. */
const withoutSteps = (loop: Loop): Loop => ({ ...loop, stores: loop.stores.filter((s) => s.when === 'once') })

/** The phases of a kernel step. */
export function kernelPhases(
  build: Build,
  kernel: Kernel,
  loads: readonly Operand[],
  stores: readonly Operand[],
): Phase[] {
  const pointers = [
    ...kernel.loads.map((a, i) => operandPointer(build, loads[i]!, a.dtype, a.offset)),
    ...kernel.stores.map((a, i) => operandPointer(build, stores[i]!, a.dtype, a.offset)),
  ]
  return loopPhases(
    build,
    {
      ...kernel,
      loads: kernel.loads.map((a, i) => ({ ...a, pointer: i })),
      stores: kernel.stores.map((a, i) => ({ ...a, pointer: kernel.loads.length + i })),
    },
    pointers,
  )
}

/** The phases of a loop whose accesses are relative to `pointers`. */
export function loopPhases(build: Build, loop: Loop, pointers: readonly Pointer[]): Phase[] {
  const small = normaliseLoop(expand(loop))
  if (small === null) return []
  const aliases: Aliases = (a, b) => overlaps(pointers[a]!.span, pointers[b]!.span)
  return split(build, small, aliases).flatMap(([part, nest]) =>
    nest.chunks > 0 ? chunkedFold(build, part, nest, pointers) : [callOf(build, part, nest, pointers)],
  )
}

/** The loops that compute a loop, each with its nest: one, unless in-place stores force a split. */
function split(build: Build, loop: Loop, aliases: Aliases): [Loop, Nest][] {
  const nest = planNest(loop)
  const parts = separate(loop, nest, aliases, build.threads)
  if (parts.length === 1 && parts[0] === loop) {
    return [[loop, hazard(loop, nest, aliases, build.threads) === null ? nest : { ...nest, parallel: null, chunks: 0 }]]
  }
  return parts.flatMap((part) => {
    const ready = normaliseLoop(part)
    return ready === null ? [] : split(build, ready, aliases)
  })
}

function callOf(build: Build, loop: Loop, nest: Nest, pointers: readonly Pointer[]): Phase {
  // Pruning may leave pointers without an access; they are not passed.
  const used = [...new Set([...loop.loads, ...loop.stores].map((a) => a.pointer))]
  const packed: Loop = {
    ...loop,
    loads: loop.loads.map((a) => ({ ...a, offset: 0, pointer: used.indexOf(a.pointer) })),
    stores: loop.stores.map((a) => ({ ...a, offset: 0, pointer: used.indexOf(a.pointer) })),
  }
  const call = build.once(loopKey(packed), () =>
    emitLoop(build.module, build.target, packed, nest, used.length, build.threads),
  )
  build.note(describe(packed, nest))
  return {
    kind: 'call',
    name: loop.name,
    call,
    pointers: used.map((p) => pointers[p]!),
    integers: [],
    parallel: nest.parallel !== null,
    reads: loop.loads.map((a) => pointers[a.pointer]!.span),
    writes: loop.stores.map((a) => pointers[a.pointer]!.span),
  }
}

/** A long reduction in two passes: chunks to partial results, then the partial results in the order of their chunks. */
function chunkedFold(build: Build, loop: Loop, nest: Nest, pointers: readonly Pointer[]): Phase[] {
  const all = [...pointers]
  const unreduced = [...loop.space.keys()].filter((a) => !loop.reduce.includes(a))
  const combines: Loop[] = []
  const stores = loop.stores.map((s): StoreAccess => {
    if (s.reduce === null) return s
    const axes = unreduced.filter((a) => s.strides[a] !== 0)
    const strides = loop.space.map(() => 0)
    let size = nest.chunks
    for (const a of [...axes].reverse()) {
      strides[a] = size
      size *= loop.space[a]!
    }
    const bytes = size * bytesOf(s.dtype)
    const pointer = all.push(scratchPointer(build.plan, build.scratch(bytes), bytes)) - 1
    combines.push(
      combineLoop(
        loop.name,
        axes.map((a) => loop.space[a]!),
        nest.chunks,
        s,
        axes,
        pointer,
      ),
    )
    return { ...s, strides, pointer }
  })
  return [callOf(build, { ...loop, stores }, nest, all), ...combines.flatMap((c) => loopPhases(build, c, all))]
}

function combineLoop(
  name: string,
  lengths: readonly number[],
  chunks: number,
  s: StoreAccess,
  axes: readonly number[],
  from: number,
): Loop {
  const partial = lengths.map((_, i) => lengths.slice(i + 1).reduce((n, d) => n * d, chunks))
  return {
    name: `${name}:combine`,
    space: [...lengths, chunks],
    time: null,
    reduce: [lengths.length],
    loads: [{ dtype: s.dtype, offset: 0, strides: [...partial, 1], pointer: from }],
    nodes: [{ op: 'load', dtype: s.dtype, operand: 0 }],
    carries: [],
    stores: [{ ...s, node: 0, strides: [...axes.map((a) => s.strides[a]!), 0] }],
  }
}

/** A loop that copies each element of `space` from strides `from` to strides `to`. */
export function copyLoop(
  name: string,
  dtype: DType,
  space: readonly number[],
  from: readonly number[],
  to: readonly number[],
): Loop {
  const g = kernelGraph()
  const node = g.add({ op: 'load', dtype, operand: 0 })
  return {
    name,
    space,
    time: null,
    reduce: [],
    loads: [{ dtype, offset: 0, strides: from, pointer: 0 }],
    nodes: g.nodes,
    carries: [],
    stores: [{ dtype, offset: 0, strides: to, pointer: 1, node, when: 'each', reduce: null }],
  }
}

function describe(loop: Loop, nest: Nest): string {
  const axis = (a: number): string => `${loop.reduce.includes(a) ? 'fold ' : ''}${loop.space[a]}`
  const loops = nest.loops.map(
    (l, i) =>
      `${axis(l.axis)}${l.axis === nest.vector ? ` vector×${l.block}` : l.block > 1 ? ` unrolled×${l.block}` : ''}${i === nest.parallel ? ' parallel' : ''}`,
  )
  const time =
    loop.time === null
      ? ''
      : `, time ${loop.space[loop.time]} with ${loop.carries.length} carries${nest.stepsAtOnce > 1 ? `, ${nest.stepsAtOnce} steps at once` : ''}`
  const chunks = nest.chunks > 0 ? `, ${nest.chunks} chunks` : ''
  return `kernel ${loop.name}: [${loops.join(' > ')}]${time}${chunks}, ${loop.nodes.length} nodes, ${loop.loads.length} loads, ${loop.stores.length} stores`
}
