import { bytesOf, type Stage } from '@spikeward/core/backend'
import { locals, type Code, type FunctionRef, type Local } from '../wasm/code.js'
import { repeat } from '../wasm/loops.js'
import type { ModuleBuilder } from '../wasm/module.js'
import { emitStore } from './access.js'
import { emitNode } from './emitNode.js'
import { makeFolds } from './folds.js'
import { makeFrame, type Frame, type Instance } from './frame.js'
import type { Loop, StoreAccess } from './kernelGraph.js'
import { iterationsOf, type Nest } from './nest.js'
import type { Target } from './ops.js'

/**
 * Emits a normalised loop as a function `(thread, pointer …)` that iterates in the order of the nest.
 *
 * A node is emitted at its level: the innermost loop whose axis it depends on (0: before all loops). In the block of an
 * unrolled loop, a node has one instance for each coordinate that it depends on, so a value that does not vary along
 * the axis is computed once. Each instance has its own variables, so the engine's register allocator sees straight-line
 * code.
 *
 * @param pointers number of address parameters
 * @param threads number of threads that share the iterations of the parallel loop
 */
export function emitLoop(
  module: ModuleBuilder,
  target: Target,
  loop: Loop,
  nest: Nest,
  pointers: number,
  threads: number,
): FunctionRef {
  return module.define(['i32', ...new Array<'i32'>(pointers).fill('i32')], (c, [thread, ...addresses]) => {
    const frame = makeFrame(c, target, loop, nest, addresses)
    emitShare(frame, thread!, threads)
  })
}

/** A range of iterations of the parallel loop. */
interface Range {
  readonly lo: Local
  readonly hi: Local
}

/**
 * Emits the share of the nest that this call computes: the whole nest, the iterations of the thread, or its chunks one
 * after another.
 */
function emitShare(frame: Frame, thread: Local, threads: number): void {
  const { c, loop, nest, address } = frame
  const walk = makeWalk(frame)
  if (nest.parallel === null || (nest.chunks === 0 && threads === 1)) return walk(null)
  const range: Range = { lo: c.local('i32'), hi: c.local('i32') }
  const total = iterationsOf(nest.loops[nest.parallel]!)
  if (nest.chunks === 0) {
    emitPart(c, thread, threads, total, range.lo, range.hi)
    return walk(range)
  }
  const [chunk, last] = locals(c, 'i32', 2)
  emitPart(c, thread, threads, nest.chunks, chunk, last)
  c.block((leave) => {
    c.loop((again) => {
      c.get(chunk).get(last).op('i32.ge_u').branchIf(leave)
      emitPart(c, chunk, nest.chunks, total, range.lo, range.hi)
      const saved = [...address]
      for (const s of loop.stores) {
        if (s.reduce === null) continue
        const [k, p] = [frame.storeIndex(s), c.local('i32')]
        c.get(address[k]!).get(chunk).i32(bytesOf(s.dtype)).op('i32.mul').op('i32.add').set(p)
        address[k] = p
      }
      walk(range)
      address.splice(0, address.length, ...saved)
      c.get(chunk).i32(1).op('i32.add').set(chunk).branch(again)
    })
  })
}

/** Part `index` of `parts` parts of `total` iterations: from lo to hi (not included). */
function emitPart(c: Code, index: Local, parts: number, total: number, lo: Local, hi: Local): void {
  c.get(index).i32(total).op('i32.mul').i32(parts).op('i32.div_u').set(lo)
  c.get(index).i32(1).op('i32.add').i32(total).op('i32.mul').i32(parts).op('i32.div_u').set(hi)
}

/** The emitter of the nest; the range, if any, is that of the parallel loop. */
function makeWalk(frame: Frame): (range: Range | null) => void {
  const { c, loop, nest, stages, nodeAxes, instances, points } = frame
  const { loops, firstFolded } = nest
  const folds = makeFolds(frame)
  const nodesOf = (stage: Stage, level?: number): number[] =>
    [...loop.nodes.keys()].filter(
      (i) => stages[i] === stage && (level === undefined || frame.levelOf(nodeAxes[i]!) === level),
    )
  /** Whether a store belongs before the time loop, because its value is known by then. */
  const early = (s: StoreAccess): boolean =>
    s.reduce === null && stages[s.node] === 'before' && (loop.time === null || s.when === 'once')

  return (range) => {
    const enter = (level: number): void => {
      const innermost = level === loops.length
      if (level === firstFolded) folds.reset()
      const stores = loop.stores.filter((s) => early(s) && frame.levelOf(frame.storeAxes(s)) === level)
      emitGroup(frame, [
        ...nodesOf('before', level).map(nodeTask(frame)),
        ...stores.map(storeTask(frame)),
        ...(innermost ? folds.stores : []).map(
          (s): Task => ({ axes: frame.storeAxes(s), write: (at) => folds.add(s, at) }),
        ),
      ])
      if (!innermost) emitBlocks(level)
      else if (loop.time !== null) emitTime(loop.time)
      if (level === firstFolded) folds.finish()
    }

    const emitBlocks = (i: number): void => {
      const l = loops[i]!
      const whole = Math.floor(l.length / l.block)
      const rest = l.length % l.block
      const body = (size: number): void => {
        instances[i] = frame.instancesIn(l, size)
        points[i] = size
        enter(i + 1)
        instances[i] = 1
        points[i] = 1
      }
      const own = i === nest.parallel ? range : null
      moving(frame, l.axis, l.block, own?.lo ?? null, (advance) => {
        if (own === null) {
          advancing(c, whole, rest > 0, () => body(l.block), advance)
          if (rest > 0) body(rest)
          return
        }
        const turn = c.local('i32')
        c.get(own.lo).set(turn)
        c.block((leave) => {
          c.loop((again) => {
            c.get(turn).get(own.hi).op('i32.ge_u').branchIf(leave)
            if (rest > 0) c.get(turn).i32(whole).op('i32.ge_u').branchIf(leave)
            body(l.block)
            advance()
            c.get(turn).i32(1).op('i32.add').set(turn).branch(again)
          })
        })
        if (rest > 0)
          c.get(own.hi)
            .i32(whole)
            .op('i32.gt_u')
            .when(() => body(rest))
      })
    }

    const emitTime = (axis: number): void => {
      const each = [
        ...nodesOf('each').map(nodeTask(frame)),
        ...loop.stores.filter((s) => s.when === 'each').map(storeTask(frame)),
      ]
      const late = loop.stores.filter((s) => s.when === 'once' && !early(s))
      for (const [part, init] of carryParts(frame, 'init')) c.get(init).set(part)
      const step = (): void => {
        emitGroup(frame, each)
        // All next values are pushed before any is set, since a carry may take the old value of another carry.
        const changes = carryParts(frame, 'next').filter(([part, next]) => part !== next)
        for (const [, next] of changes) c.get(next)
        for (const [part] of changes.reverse()) c.set(part)
      }
      moving(frame, axis, 1, null, (advance) => {
        const together = nest.stepsAtOnce
        const whole = Math.floor(loop.space[axis]! / together)
        const rest = loop.space[axis]! % together
        const steps = (count: number): void => {
          for (let i = 0; i < count; i++) {
            if (i > 0) advance()
            step()
          }
        }
        advancing(c, whole, rest > 0, () => steps(together), advance)
        if (rest > 0) steps(rest)
      })
      emitGroup(frame, [...nodesOf('after').map(nodeTask(frame)), ...late.map(storeTask(frame))])
    }

    folds.begin()
    enter(0)
  }
}

/** The variables of all carries, each with the variable of its initial or next value. */
function carryParts(
  { loop, carryAxes, instancesOf, carryValue, valueOf }: Frame,
  state: 'init' | 'next',
): [Local, Local][] {
  return loop.carries.flatMap((carry, k) =>
    instancesOf(carryAxes[k]!).flatMap((at) => {
      const value = valueOf(carry[state], at)
      return carryValue(k, at).map((part, p): [Local, Local] => [part, value[p]!])
    }),
  )
}

/** Code that is emitted once for each instance. */
interface Task {
  readonly axes: number
  readonly write: (at: Instance) => void
}

const nodeTask =
  (frame: Frame) =>
  (i: number): Task => ({ axes: frame.nodeAxes[i]!, write: (at) => emitNode(frame, i, at) })
const storeTask =
  (frame: Frame) =>
  (s: StoreAccess): Task => ({
    axes: frame.storeAxes(s),
    write: (at) => emitStore(frame.c, s.dtype, frame.place(frame.storeIndex(s), at), frame.valueOf(s.node, at)),
  })

/**
 * Emits tasks (given in order): first the code that all instances share, then each instance, with its stores right
 * after its nodes. The vectors of one unrolled coordinate are adjacent, so that they use whole cache lines.
 */
function emitGroup({ nest, instancesOf }: Frame, tasks: readonly Task[]): void {
  const ranked = tasks.flatMap(({ axes, write }, order) =>
    instancesOf(axes).map((at) => ({
      rank: [...at.map((k, i) => ((axes & (1 << nest.loops[i]!.axis)) === 0 ? -1 : k)).reverse(), order],
      write: () => write(at),
    })),
  )
  ranked.sort((a, b) => compare(a.rank, b.rank))
  for (const { write } of ranked) write()
}

/** Lexicographic order of lists of equal length. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, x] of a.entries()) if (x !== b[i]) return x - b[i]!
  return 0
}

/**
 * Runs `body` with the addresses of the accesses that vary along `axis` in variables, from iteration `lo` on. `advance`
 * moves them on by `by` points.
 */
function moving(frame: Frame, axis: number, by: number, lo: Local | null, body: (advance: () => void) => void): void {
  const { c, loop, accesses, address, coordinates } = frame
  const saved = [...address]
  const moves: [Local, number][] = []
  const start = (step: number, from: Local | null): Local => {
    const at = c.local('i32')
    if (from === null) c.i32(0)
    else c.get(from)
    if (lo !== null) c.get(lo).i32(step).op('i32.mul').op('i32.add')
    c.set(at)
    moves.push([at, step])
    return at
  }
  for (const [k, a] of accesses.entries()) {
    const step = a.strides[axis]! * bytesOf(a.dtype) * by
    if (step !== 0) address[k] = start(step, address[k]!)
  }
  if (loop.nodes.some((n) => n.op === 'index' && n.axis === axis)) coordinates.set(axis, start(by, null))
  body(() => {
    for (const [at, step] of moves) c.get(at).i32(step).op('i32.add').set(at)
  })
  address.splice(0, address.length, ...saved)
  coordinates.delete(axis)
}

/**
 * Emits `times` iterations of body and advance. A single iteration needs no loop, and no advance unless more follow.
 */
function advancing(c: Code, times: number, more: boolean, body: () => void, advance: () => void): void {
  if (times === 0) return
  if (times === 1) {
    body()
    if (more) advance()
    return
  }
  repeat(c, times, () => {
    body()
    advance()
  })
}
