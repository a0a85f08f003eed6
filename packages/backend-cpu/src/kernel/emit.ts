import { bytesOf } from '@spikeward/core/backend'
import type { DType } from '@spikeward/core/backend'
import type { FunctionRef, Code, Local } from '../wasm/code.js'
import { lanesI32, splatI32 } from '../wasm/code.js'
import type { ModuleBuilder } from '../wasm/module.js'
import { emitLoad, emitStore, type Place } from './access.js'
import { argsOf, type LoadAccess, type Loop, type Node, type StoreAccess } from './graph.js'
import { LANES, turns, type Nest, type NestLoop } from './nest.js'
import { axesOf, dependencies, identityOf } from './normalise.js'
import { emitConstant, emitOperation, partsOf, type Target, type Value } from './ops.js'
import { stagesOf, type Stage } from './stage.js'

/**
 * Writes a normalised loop as one function `(thread, pointer …)` that walks it as the nest says.
 *
 * A node is written where its inputs are first known: its level is the innermost loop whose axis it depends on (0: ahead
 * of all loops). Within the block of an unrolled loop a node has one instance for every coordinate that it depends on,
 * so what is the same along the axis is computed once. Instances live in variables of their own; the engine's register
 * allocator sees plain straight code.
 *
 * @param pointers number of address parameters
 * @param threads number of threads among which the dealt loop's turns are divided
 */
export function emitLoop(module: ModuleBuilder, target: Target, loop: Loop, nest: Nest, pointers: number, threads: number): FunctionRef {
  return module.define(['i32', ...new Array<'i32'>(pointers).fill('i32')], (c, params) => {
    emission(c, target, loop, nest, params[0]!, params.slice(1), threads)
  })
}

/** Coordinates of an instance within the blocks of the loops around it, by loop; 0 where it does not depend on one. */
type Instance = readonly number[]

function emission(c: Code, target: Target, loop: Loop, nest: Nest, thread: Local, pointers: readonly Local[], threads: number): void {
  const { loops, firstFolded, vector } = nest
  const axes = dependencies(loop)
  const stages = stagesOf(loop, axes.nodes)
  const foldAxes = loop.reduce.reduce((set, a) => set | (1 << a), 0)
  const time = loop.time === null ? 0 : 1 << loop.time
  const accesses: readonly (LoadAccess | StoreAccess)[] = [...loop.loads, ...loop.stores]
  const storeIndex = (s: StoreAccess): number => accesses.indexOf(s)

  /** Current address of every access, and per loop the number of instances in the block being written and its points. */
  const address = accesses.map((a) => pointers[a.pointer]!)
  const instances = loops.map(() => 1)
  const points = loops.map(() => 1)
  const coordinates = new Map<number, Local>()
  const values = new Map<string, Value>()

  const levelOf = (set: number): number => {
    for (let i = loops.length; i > 0; i--) if ((set & (1 << loops[i - 1]!.axis)) !== 0) return i
    return 0
  }
  const storeAxes = (s: StoreAccess): number =>
    s.reduce === null ? (axesOf(s.strides) | axes.nodes[s.node]!) & ~(s.when === 'once' ? time : 0) : axesOf(s.strides) | axes.nodes[s.node]! | foldAxes

  const restrict = (at: Instance, set: number): Instance => at.map((k, i) => ((set & (1 << loops[i]!.axis)) === 0 ? 0 : k))
  const keyOf = (what: string, at: Instance): string => `${what}:${at.join()}`
  const variable = (what: string, dtype: DType, at: Instance): Value => {
    const key = keyOf(what, at)
    const known = values.get(key)
    if (known !== undefined) return known
    const made = Array.from({ length: partsOf(dtype) }, () => c.local('v128'))
    values.set(key, made)
    return made
  }
  const valueOf = (i: number, at: Instance): Value => {
    const node = loop.nodes[i]!
    if (node.op === 'carry' || node.op === 'final') return variable(`carry ${node.carry}`, node.dtype, restrict(at, axes.carries[node.carry]!))
    return variable(`${i}`, node.dtype, restrict(at, axes.nodes[i]!))
  }
  /** All instances that exist of something that depends on `set`, in the blocks being written. */
  const instancesOf = (set: number): Instance[] => {
    let all: Instance[] = [[]]
    for (const [i, { axis }] of loops.entries()) {
      const n = (set & (1 << axis)) === 0 ? 1 : instances[i]!
      all = all.flatMap((at) => Array.from({ length: n }, (_, k) => [...at, k]))
    }
    return all
  }

  const place = (a: LoadAccess | StoreAccess, which: number, at: Instance): Place => {
    const size = bytesOf(a.dtype)
    let offset = 0
    let lanes = LANES
    for (const [i, { axis }] of loops.entries()) {
      offset += at[i]! * (axis === vector ? LANES : 1) * a.strides[axis]! * size
      if (axis === vector) lanes = Math.min(LANES, points[i]! - at[i]! * LANES)
    }
    return { pointer: address[which]!, offset, stride: vector === null ? 0 : a.strides[vector]!, lanes }
  }

  const emitNode = (i: number, at: Instance): void => {
    const node = loop.nodes[i]!
    if (node.op === 'carry' || node.op === 'final') return // the variable of the carry itself
    const to = valueOf(i, at)
    if (node.op === 'const') emitConstant(c, node.dtype, node.value, to)
    else if (node.op === 'load') emitLoad(c, node.dtype, place(loop.loads[node.operand]!, node.operand, at), to)
    else if (node.op === 'index') emitIndex(node, at, to)
    else if ('args' in node) {
      const args = argsOf(node)
      emitOperation(c, target, {
        node,
        from: loop.nodes[args[0]!]!.dtype,
        args: args.map((a) => valueOf(a, at)),
        constants: args.map((a) => {
          const arg = loop.nodes[a]!
          return arg.op === 'const' ? arg.value : undefined
        }),
      }, to)
    }
  }

  const emitIndex = (node: Extract<Node, { op: 'index' }>, at: Instance, to: Value): void => {
    const [part] = to as [Local]
    c.get(coordinates.get(node.axis)!).op('i32x4.splat')
    const i = loops.findIndex((l) => l.axis === node.axis)
    if (node.axis === vector) c.v128(lanesI32(...[0, 1, 2, 3].map((k) => at[i]! * LANES + k))).op('i32x4.add')
    else if (i >= 0 && at[i]! > 0) c.v128(splatI32(at[i]!)).op('i32x4.add')
    if (node.dtype === 'i32' || node.dtype === 'u32') {
      c.set(part)
      return
    }
    const whole = c.local('v128')
    c.set(whole)
    emitOperation(c, target, { node: { op: 'cast', dtype: node.dtype, args: [0] }, from: 'u32', args: [[whole]], constants: [undefined] }, to)
  }

  const emitStoreOf = (s: StoreAccess, at: Instance): void => emitStore(c, s.dtype, place(s, storeIndex(s), at), valueOf(s.node, at))

  const folded = (s: StoreAccess, at: Instance): Value => variable(`fold ${storeIndex(s)}`, s.dtype, at)

  /** accumulator = accumulator ∘ value, with the lanes beyond the last point left out. */
  const emitFold = (s: StoreAccess, at: Instance): void => {
    const to = folded(s, at)
    const value = valueOf(s.node, at)
    const { lanes } = place(s, storeIndex(s), at)
    const neutral = variable(`neutral ${s.reduce} ${s.dtype}`, s.dtype, [])
    const perPart = LANES / to.length
    for (const [p, part] of to.entries()) {
      const used = lanesOf(s, lanes) - p * perPart
      if (used <= 0) continue
      let from = value[p]!
      if (used < perPart) {
        from = c.local('v128')
        const mask = lanesI32(...[0, 1, 2, 3].map((k) => ((k * perPart) / 4 < used ? -1 : 0)))
        c.get(value[p]!).get(neutral[p]!).v128(mask).op('v128.bitselect').set(from)
      }
      combine(s, [part], [from], [part])
    }
  }
  const lanesOf = (s: StoreAccess, lanes: number): number => (vector !== null && (foldAxes & (1 << vector)) !== 0 && s.reduce !== null ? lanes : LANES)

  const combine = (s: StoreAccess, x: Value, y: Value, to: Value): void => {
    const op = s.dtype === 'bool' ? (s.reduce === 'min' ? 'and' : 'or') : s.reduce === 'sum' ? 'add' : s.reduce!
    emitOperation(c, target, { node: { op, dtype: s.dtype, args: [0, 0] }, from: s.dtype, args: [x, y], constants: [undefined, undefined] }, to)
  }

  /** Folds the lanes of an accumulator into its first lane. */
  const foldLanes = (s: StoreAccess, total: Value): void => {
    const [low, high] = total as [Local, Local?]
    if (high !== undefined) combine(s, [low], [high], [low])
    const turned = c.local('v128')
    const turn = (bytes: number): void => {
      c.get(low).get(low).shuffle(Array.from({ length: 16 }, (_, k) => (k + bytes) % 16)).set(turned)
      combine(s, [low], [turned], [low])
    }
    turn(8)
    if (high === undefined) turn(4)
  }

  const reducing = loop.stores.filter((s) => s.reduce !== null)
  const startFolds = (): void => {
    for (const s of reducing) {
      const neutral = variable(`neutral ${s.reduce} ${s.dtype}`, s.dtype, [])
      emitConstant(c, s.dtype, identityOf(s.reduce!, s.dtype), neutral)
    }
  }
  // The instances of folds are fixed by the largest blocks: a shorter last block adds to some of them only.
  const foldInstances = (s: StoreAccess): Instance[] => {
    const saved = [...instances]
    for (let i = firstFolded; i < loops.length; i++) instances[i] = instancesIn(loops[i]!, Math.min(loops[i]!.block, loops[i]!.length))
    const all = instancesOf(storeAxes(s))
    instances.splice(0, instances.length, ...saved)
    return all
  }
  const resetFolds = (): void => {
    for (const s of reducing) {
      const neutral = variable(`neutral ${s.reduce} ${s.dtype}`, s.dtype, [])
      for (const at of foldInstances(s)) for (const [p, part] of folded(s, at).entries()) c.get(neutral[p]!).set(part)
    }
  }
  const finishFolds = (): void => {
    for (const s of reducing) {
      const groups = new Map<string, Instance[]>()
      for (const at of foldInstances(s)) {
        const key = restrict(at, ~foldAxes).join()
        groups.set(key, [...(groups.get(key) ?? []), at])
      }
      for (const group of groups.values()) {
        const [first, ...rest] = group as [Instance, ...Instance[]]
        const total = folded(s, first)
        for (const at of rest) for (const [p, part] of total.entries()) combine(s, [part], [folded(s, at)[p]!], [part])
        if (vector !== null && (foldAxes & (1 << vector)) !== 0) foldLanes(s, total)
        emitStore(c, s.dtype, place(s, storeIndex(s), restrict(first, ~foldAxes)), total)
      }
    }
  }

  const instancesIn = (l: NestLoop, block: number): number => (l.axis === vector ? Math.ceil(block / LANES) : block)

  /**
   * Writes a group of nodes and stores: first what all instances share, then instance after instance, each with its
   * stores right behind, so that few values are alive at a time.
   */
  const emitGroup = (nodes: readonly number[], stores: readonly StoreAccess[], folds: readonly StoreAccess[] = []): void => {
    const tasks: { at: Instance; rank: readonly number[]; order: number; write: () => void }[] = []
    const add = (set: number, order: number, write: (at: Instance) => void): void => {
      const rankOf = (at: Instance): number[] => at.map((k, i) => ((set & (1 << loops[i]!.axis)) === 0 ? -1 : k)).reverse()
      for (const at of instancesOf(set)) tasks.push({ at, rank: rankOf(at), order, write: () => write(at) })
    }
    for (const i of nodes) add(axes.nodes[i]!, i, (at) => emitNode(i, at))
    for (const [k, s] of stores.entries()) add(storeAxes(s), loop.nodes.length + k, (at) => emitStoreOf(s, at))
    for (const [k, s] of folds.entries()) add(storeAxes(s), loop.nodes.length + stores.length + k, (at) => emitFold(s, at))
    tasks.sort((a, b) => compare(a.rank, b.rank) || a.order - b.order)
    for (const t of tasks) t.write()
  }

  const nodesWhere = (stage: Stage, level?: number): number[] =>
    [...loop.nodes.keys()].filter((i) => stages[i] === stage && (level === undefined || levelOf(axes.nodes[i]!) === level))
  const early = (s: StoreAccess): boolean => s.reduce === null && stages[s.node] === 'before' && (loop.time === null || s.when === 'once')
  const storesAt = (level: number): StoreAccess[] => loop.stores.filter((s) => early(s) && levelOf(storeAxes(s)) === level)

  const enter = (level: number): void => {
    const innermost = level === loops.length
    if (level === firstFolded) resetFolds()
    emitGroup(nodesWhere('before', level), storesAt(level), innermost ? reducing : [])
    if (!innermost) emitLoopAt(level)
    else if (loop.time !== null) emitTime(loop.time)
    if (level === firstFolded) finishFolds()
  }

  /** Runs `body` with the addresses of the accesses that move along `axis` in variables that `advance` moves on. */
  const moving = (axis: number, by: number, lo: Local | null, body: (advance: () => void) => void): void => {
    const saved = [...address]
    const moves: [Local, number][] = []
    for (const [k, a] of accesses.entries()) {
      const step = a.strides[axis]! * bytesOf(a.dtype) * by
      if (step === 0) continue
      const p = c.local('i32')
      c.get(address[k]!)
      if (lo !== null) c.get(lo).i32(step).op('i32.mul').op('i32.add')
      c.set(p)
      address[k] = p
      moves.push([p, step])
    }
    const indexed = loop.nodes.some((n) => n.op === 'index' && n.axis === axis)
    if (indexed) {
      const at = c.local('i32')
      if (lo !== null) c.get(lo).i32(by).op('i32.mul')
      else c.i32(0)
      c.set(at)
      coordinates.set(axis, at)
      moves.push([at, by])
    }
    body(() => {
      for (const [p, step] of moves) c.get(p).i32(step).op('i32.add').set(p)
    })
    address.splice(0, address.length, ...saved)
    coordinates.delete(axis)
  }

  const emitLoopAt = (i: number): void => {
    const l = loops[i]!
    const whole = Math.floor(l.length / l.block)
    const rest = l.length % l.block
    const body = (size: number): void => {
      instances[i] = instancesIn(l, size)
      points[i] = size
      enter(i + 1)
      instances[i] = 1
      points[i] = 1
    }
    const ranged = i === nest.dealt && range !== null ? range : null
    moving(l.axis, l.block, ranged?.lo ?? null, (advance) => {
      if (ranged === null) {
        repeat(c, whole, rest > 0, () => body(l.block), advance)
        if (rest > 0) body(rest)
        return
      }
      const turn = c.local('i32')
      c.get(ranged.lo).set(turn)
      c.block((leave) => {
        c.loop((again) => {
          c.get(turn).get(ranged.hi).op('i32.ge_u').branchIf(leave)
          if (rest > 0) c.get(turn).i32(whole).op('i32.ge_u').branchIf(leave)
          body(l.block)
          advance()
          c.get(turn).i32(1).op('i32.add').set(turn).branch(again)
        })
      })
      if (rest > 0) c.get(ranged.hi).i32(whole).op('i32.gt_u').when(() => body(rest))
    })
  }

  const emitTime = (axis: number): void => {
    const length = loop.space[axis]!
    const carryValue = (k: number, at: Instance): Value => variable(`carry ${k}`, loop.carries[k]!.dtype, at)
    for (const [k, carry] of loop.carries.entries()) {
      for (const at of instancesOf(axes.carries[k]!)) {
        for (const [p, part] of carryValue(k, at).entries()) c.get(valueOf(carry.init, at)[p]!).set(part)
      }
    }
    const everyStep = loop.stores.filter((s) => s.when === 'each')
    const each = nodesWhere('each')
    moving(axis, 1, null, (advance) => {
      repeat(c, length, false, () => {
        emitGroup(each, everyStep)
        // All next states are pushed before the first is set: a carry may become another's old value.
        const sets: Local[] = []
        for (const [k, carry] of loop.carries.entries()) {
          for (const at of instancesOf(axes.carries[k]!)) {
            for (const [p, part] of carryValue(k, at).entries()) {
              const next = valueOf(carry.next, at)[p]!
              if (next === part) continue
              c.get(next)
              sets.push(part)
            }
          }
        }
        for (const part of sets.reverse()) c.set(part)
      }, advance)
    })
    const late = loop.stores.filter((s) => s.when === 'once' && !early(s))
    emitGroup(nodesWhere('after'), late)
  }

  // The turns of the dealt loop that this call runs: those of its thread, or of one chunk after another.
  let range: { lo: Local; hi: Local } | null = null
  startFolds()
  const parts = nest.chunks > 0 ? nest.chunks : threads
  if (nest.dealt === null || (nest.chunks === 0 && threads === 1)) enter(0)
  else {
    range = { lo: c.local('i32'), hi: c.local('i32') }
    const total = turns(loops[nest.dealt]!)
    const share = (index: Local, next: number, of: number, count: number, to: Local): void => {
      c.get(index).i32(next).op('i32.add').i32(count).op('i32.mul').i32(of).op('i32.div_u').set(to)
    }
    if (nest.chunks === 0) {
      share(thread, 0, threads, total, range.lo)
      share(thread, 1, threads, total, range.hi)
      enter(0)
    } else {
      const [chunk, last] = [c.local('i32'), c.local('i32')]
      share(thread, 0, threads, parts, chunk)
      share(thread, 1, threads, parts, last)
      const { lo, hi } = range
      c.block((leave) => {
        c.loop((again) => {
          c.get(chunk).get(last).op('i32.ge_u').branchIf(leave)
          share(chunk, 0, parts, total, lo)
          share(chunk, 1, parts, total, hi)
          const saved = [...address]
          for (const s of reducing) {
            const k = storeIndex(s)
            const p = c.local('i32')
            c.get(address[k]!).get(chunk).i32(bytesOf(s.dtype)).op('i32.mul').op('i32.add').set(p)
            address[k] = p
          }
          enter(0)
          address.splice(0, address.length, ...saved)
          c.get(chunk).i32(1).op('i32.add').set(chunk).branch(again)
        })
      })
    }
  }
}

/** Lexicographic order of lists of equal length. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, x] of a.entries()) if (x !== b[i]) return x - b[i]!
  return 0
}

/** `times` turns of body and advance; a single turn needs no loop, and no advance unless more follows. */
function repeat(c: Code, times: number, more: boolean, body: () => void, advance: () => void): void {
  if (times === 0) return
  if (times === 1) {
    body()
    if (more) advance()
    return
  }
  const left = c.local('i32')
  c.i32(times).set(left)
  c.loop((again) => {
    body()
    advance()
    c.get(left).i32(1).op('i32.sub').tee(left).branchIf(again)
  })
}
