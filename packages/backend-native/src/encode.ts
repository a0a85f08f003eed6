import {
  asElement,
  isRealFunction,
  routines,
  type Access,
  type DType,
  type DotRoutine,
  type Kernel,
  type KernelNode,
  type Operand,
  type Routine,
  type Slot,
  type Store,
  type Windows,
  mergeAxes,
  withoutUnitAxes,
} from '@spikeward/core/backend'
import { MAGIC, VERSION, numberOf } from './blob.js'
import type { FusedPlan, FusedStep, NativeGroup, TiledStep } from './fuseTiles.js'

/** Elements of an axis beyond this number do not add to its score; shorter folds leave lanes empty. */
const SCORED_LENGTH = 64
const SHORT = 16
const SHORT_FOLD = 32

/**
 * A kernel with as few axes as its accesses allow, and last the axis that is contiguous in memory: the addon runs the
 * rows of a tile along it. Only neighbouring axes are merged, because the order of the points is the order of the sums.
 */
export function normaliseAxes(kernel: Kernel): Kernel {
  const plain = withoutUnitAxes(kernel)
  const lane = laneAxis(plain)
  return mergeAxes(lane === null ? plain : withLast(plain, lane), { neighbours: true })
}

/** The axis along which most accesses are contiguous; null if there is no axis besides time. */
function laneAxis({ space, time, reduce, loads, stores }: Kernel): number | null {
  const scoreOf = (axis: number): number => {
    const near = (x: Access): number => ({ [-1]: 0.25, 0: 0.25, 1: 1 })[x.strides[axis]!] ?? 0
    const length = space[axis]!
    let score = Math.min(length, SCORED_LENGTH) / SCORED_LENGTH
    for (const load of loads) score += near(load)
    for (const store of stores) score += store.strides[axis] === 1 ? 2 : 0
    // A fold over a short axis would leave most lanes empty.
    if (reduce.includes(axis) && length < SHORT_FOLD) score *= 0.1
    return length < SHORT ? score * 0.5 : score
  }
  const scores = space.flatMap((_, axis) => (axis === time ? [] : [{ axis, score: scoreOf(axis) }]))
  const best = Math.max(...scores.map(({ score }) => score))
  return scores.findLast(({ score }) => score === best)?.axis ?? null
}

/** The kernel with an axis moved behind all others. */
function withLast(kernel: Kernel, axis: number): Kernel {
  const end = kernel.space.length - 1
  const place = (a: number): number => (a === axis ? end : a > axis ? a - 1 : a)
  const moved = (values: readonly number[]): readonly number[] => [
    ...values.filter((_, a) => a !== axis),
    values[axis]!,
  ]
  const load = (a: Access): Access => ({ ...a, strides: moved(a.strides) })
  const store = (s: Store): Store => ({ ...s, strides: moved(s.strides) })
  return {
    ...kernel,
    space: moved(kernel.space),
    time: kernel.time === null ? null : place(kernel.time),
    reduce: kernel.reduce.map(place).sort((a, b) => a - b),
    loads: kernel.loads.map(load),
    stores: kernel.stores.map(store),
    nodes: kernel.nodes.map((n) => (n.op === 'index' ? { ...n, axis: place(n.axis) } : n)),
  }
}

/**
 * Encodes a Plan as one sequence of numbers, which native/plan/decode.cpp reads in the same order and checks. Doubles
 * hold every constant, and every integer up to 2⁵³.
 */
export function encodePlan({ plan, steps, tileLocal, workspace }: FusedPlan): Float64Array {
  const to: number[] = [MAGIC, VERSION, plan.inputs, plan.outputs, workspace.bytes]
  to.push(plan.slots.length)
  for (const [i, slot] of plan.slots.entries()) encodeSlot(to, slot, tileLocal.get(i), workspace.offsets.get(i) ?? 0)
  to.push(...plan.donations.map((input) => input ?? -1))
  list(to, steps, encodeStep)
  return Float64Array.from(to)
}

/** Encodes a product alone, in the form that it has within a plan. */
export function encodeProduct(routine: DotRoutine): Float64Array {
  const to: number[] = []
  encodeRoutine(to, routine)
  return Float64Array.from(to)
}

type Encode<T> = (to: number[], item: T) => void

function list<T>(to: number[], items: readonly T[], encode: Encode<T>): void {
  to.push(items.length)
  for (const item of items) encode(to, item)
}

function encodeSlot(to: number[], slot: Slot, tileLocal: number | undefined, byteOffset: number): void {
  const kind = tileLocal === undefined ? slot.kind : 'tileLocal'
  const place = tileLocal ?? (slot.kind === 'temporary' ? byteOffset : slot.index)
  to.push(numberOf.slot[kind], place, numberOf.dtype[slot.dtype], slot.size)
}

const encodeOperand: Encode<Operand> = (to, { slot, offset, advance }) => {
  to.push(slot, offset)
  list(to, advance, encodeNumber)
}

const encodeNumber: Encode<number> = (to, x) => {
  to.push(x)
}

const encodeStep: Encode<FusedStep> = (to, step) => {
  to.push(numberOf.step[step.kind])
  switch (step.kind) {
    case 'loop':
      to.push(step.length)
      return list(to, step.steps, encodeStep)
    case 'kernel':
      list(to, step.loads, encodeOperand)
      list(to, step.stores, encodeOperand)
      return encodeKernel(to, step.kernel)
    case 'routine':
      list(to, step.ins, encodeOperand)
      list(to, step.outs, encodeOperand)
      return encodeRoutine(to, step.routine)
    case 'tileFused':
      return encodeGroup(to, step)
  }
}

const encodeGroup: Encode<NativeGroup> = (to, { group: { tiling, scratch }, steps }) => {
  to.push(tiling.partitionSize, tiling.tileRows, scratch.bytes)
  list(to, steps, encodeTiledStep)
}

/** The step for a whole tile, then the step for the last tile if that has fewer rows. */
const encodeTiledStep: Encode<TiledStep> = (to, step) => {
  switch (step.kind) {
    case 'kernel':
      to.push(numberOf.step.kernel)
      for (const s of [step.whole, ...(step.last === null ? [] : [step.last])]) {
        list(to, s.loads, encodeOperand)
        list(to, s.stores, encodeOperand)
        encodeKernel(to, s.kernel)
      }
      return
    case 'dot':
      to.push(numberOf.step.routine)
      for (const s of [step.whole, ...(step.last === null ? [] : [step.last])]) {
        for (const o of [...s.ins, ...s.outs]) encodeOperand(to, o)
      }
      encodeRoutine(to, step.dot.routine)
      to.push(step.accumulates ? 1 : 0, step.spikesOf ?? -1)
      return
    case 'loop':
      to.push(numberOf.step.loop, step.length)
      return list(to, step.steps, encodeTiledStep)
  }
}

const encodeAccess: Encode<Access> = (to, { dtype, offset, strides }) => {
  to.push(numberOf.dtype[dtype], offset, ...strides)
}

/** Characters other than printable ASCII become question marks: names of kernels are used only in profiles. */
const encodeText: Encode<string> = (to, text) =>
  list(to, [...text], (t, letter) => t.push(/[ -~]/.test(letter) ? letter.charCodeAt(0) : 63))

const encodeKernel: Encode<Kernel> = (to, kernel) => {
  const k = normaliseAxes(kernel)
  encodeText(to, k.name)
  list(to, k.space, encodeNumber)
  to.push(k.time ?? -1, ...k.space.map((_, axis) => (k.reduce.includes(axis) ? 1 : 0)))
  list(to, k.loads, encodeAccess)
  to.push(k.nodes.length, k.carries.length, k.stores.length)
  for (const node of k.nodes) encodeNode(to, node)
  for (const { dtype, init, next } of k.carries) to.push(numberOf.dtype[dtype], init, next)
  for (const store of k.stores) encodeStore(to, store)
}

const encodeStore: Encode<Store> = (to, store) => {
  encodeAccess(to, store)
  to.push(store.node, store.when === 'each' ? 1 : 0, numberOf.reduce[store.reduce ?? 'none'])
}

const encodeNode: Encode<KernelNode> = (to, node) => {
  to.push(numberOf.op[isRealFunction(node.op) ? 'function' : node.op], numberOf.dtype[node.dtype])
  if (isRealFunction(node.op)) encodeText(to, node.op)
  switch (node.op) {
    case 'const':
      to.push(asElement(node.dtype, node.value))
      return
    case 'load':
      to.push(node.operand)
      return
    case 'index':
      to.push(node.axis)
      return
    case 'carry':
    case 'final':
      to.push(node.carry)
      return
    default:
      to.push(...node.args)
  }
}

/** Its name, then its fields in the order of its declaration; native/product/routines.cpp has both. */
const encodeRoutine: Encode<Routine> = (to, r) => {
  encodeText(to, r.kind)
  const values: Readonly<Record<string, unknown>> = { ...r }
  for (const [name, field] of Object.entries(routines[r.kind].fields)) {
    const value = values[name]
    if (field === 'any' || field === 'float') to.push(numberOf.dtype[value as DType])
    else if (field === 'index') to.push(value === 'u32' ? 1 : 0)
    else if (field === 'windows') {
      const { m, k } = (value ?? { m: [], k: [] }) as Windows
      for (const axes of [m, k]) list(to, axes, (t, axis) => t.push(...axis))
    } else if (typeof field === 'string') to.push(Number(value))
    else to.push(...field.strides.map((axis) => (value as Readonly<Record<string, number>>)[axis]!))
  }
}
