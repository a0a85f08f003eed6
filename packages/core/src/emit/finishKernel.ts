import type { DType } from '../tensor/dtype.js'
import type { DraftNode } from './kernelDraft.js'
import type { AffineForm, Value } from '../graph/graph.js'
import type { Access, Carry, KernelNode, Store } from '../plan/kernel.js'
import type { ProtoKernel, ProtoOperand } from '../graph/protoStep.js'

export interface DraftAccess {
  readonly value: Value
  readonly dtype: DType
  readonly address: AffineForm
  readonly advance: readonly number[]
}

export interface DraftStore extends DraftAccess {
  readonly node: number
  readonly when: Store['when']
  readonly reduce: Store['reduce']
}

export interface DraftCarry {
  readonly dtype: DType
  readonly init: number
  next: number
}

export interface DraftKernel {
  readonly name: string
  readonly space: readonly number[]
  readonly time: number | null
  readonly reduce: readonly number[]
  readonly loads: readonly DraftAccess[]
  readonly nodes: readonly DraftNode[]
  readonly carries: readonly DraftCarry[]
  readonly stores: readonly DraftStore[]
}

/**
 * Turns a draft into a Kernel: drops what no store needs, merges axes that every access traverses as one, and writes
 * coordinate forms as index nodes. Null if there is nothing to compute.
 */
export function finishKernel(draft: DraftKernel): ProtoKernel | null {
  if (draft.stores.length === 0) return null
  if (draft.space.some((n, a) => n === 0 && !draft.reduce.includes(a))) return null
  const { nodes, carries, loads, stores } = sweep(draft)
  const axes = coalesce(draft, nodes, loads, stores)
  const project = (f: AffineForm): number[] => axes.map((a) => f.steps[a.last]!)

  const out: KernelNode[] = []
  const renamed: number[] = []
  const indices = new Map<string, number>()
  const push = (n: KernelNode): number => {
    const key = keyOf(n)
    const old = indices.get(key)
    if (old !== undefined) return old
    indices.set(key, out.length)
    return out.push(n) - 1
  }
  const writeForm = (dtype: DType, form: AffineForm): number => {
    let sum: number | null = null
    const steps = project(form)
    steps.forEach((s, axis) => {
      if (s === 0) return
      let term = push({ op: 'index', dtype, axis })
      const factor = dtype === 'u32' ? s >>> 0 : s
      if (s !== 1) term = push({ op: 'mul', dtype, args: [term, push({ op: 'const', dtype, value: factor })] })
      sum = sum === null ? term : push({ op: 'add', dtype, args: [sum, term] })
    })
    const offset = push0(dtype, form.offset)
    if (sum === null) return offset === null ? push({ op: 'const', dtype, value: 0 }) : offset
    return offset === null ? sum : push({ op: 'add', dtype, args: [sum, offset] })
  }
  const push0 = (dtype: DType, v: number): number | null =>
    v === 0 ? null : push({ op: 'const', dtype, value: dtype === 'u32' ? v >>> 0 : v })
  for (const n of nodes) {
    if (n.op === 'linear') renamed.push(writeForm(n.dtype, n.form))
    else if ('args' in n) renamed.push(push({ ...n, args: n.args.map((x) => renamed[x]!) }))
    else renamed.push(push(n))
  }
  const access = (a: DraftAccess): Access => ({ dtype: a.dtype, offset: a.address.offset, strides: project(a.address) })
  const operand = (a: DraftAccess): ProtoOperand => ({ value: a.value, offset: 0, advance: a.advance })
  return {
    kind: 'kernel',
    kernel: {
      name: draft.name,
      space: axes.map((a) => a.size),
      time: draft.time === null ? null : axes.findIndex((a) => a.last === draft.time),
      reduce: axes.flatMap((a, i) => (draft.reduce.includes(a.last) ? [i] : [])),
      loads: loads.map(access),
      nodes: out,
      carries: carries.map((c): Carry => ({ dtype: c.dtype, init: renamed[c.init]!, next: renamed[c.next]! })),
      stores: stores.map((s): Store => ({ ...access(s), node: renamed[s.node]!, when: s.when, reduce: s.reduce })),
    },
    loads: loads.map(operand),
    stores: stores.map(operand),
  }
}

function keyOf(n: KernelNode): string {
  switch (n.op) {
    case 'const':
      return `c ${n.dtype} ${Object.is(n.value, -0) ? '-0' : n.value}`
    case 'load':
      return `l ${n.operand}`
    case 'index':
      return `i ${n.dtype} ${n.axis}`
    case 'carry':
    case 'final':
      return `${n.op} ${n.carry}`
    default:
      return `${n.op} ${n.dtype} ${n.args.join()}`
  }
}

/** Drops nodes, carries and loads that no store depends on. */
function sweep(draft: DraftKernel): Pick<DraftKernel, 'nodes' | 'carries' | 'loads' | 'stores'> {
  const live = new Array<boolean>(draft.nodes.length).fill(false)
  const carryLive = new Array<boolean>(draft.carries.length).fill(false)
  const todo = draft.stores.map((s) => s.node)
  while (todo.length > 0) {
    const i = todo.pop()!
    if (live[i]) continue
    live[i] = true
    const n = draft.nodes[i]!
    if ('args' in n) todo.push(...n.args)
    else if ((n.op === 'carry' || n.op === 'final') && !carryLive[n.carry]) {
      carryLive[n.carry] = true
      const c = draft.carries[n.carry]!
      todo.push(c.init, c.next)
    }
  }
  const number = (flags: readonly boolean[]): number[] => {
    let n = 0
    return flags.map((f) => (f ? n++ : -1))
  }
  const node = number(live),
    carry = number(carryLive)
  const loadLive = draft.loads.map((_, i) => draft.nodes.some((n, j) => live[j] && n.op === 'load' && n.operand === i))
  const load = number(loadLive)
  const nodes = draft.nodes
    .filter((_, i) => live[i])
    .map((n): DraftNode => {
      if ('args' in n) return { ...n, args: n.args.map((a) => node[a]!) }
      if (n.op === 'load') return { ...n, operand: load[n.operand]! }
      if (n.op === 'carry' || n.op === 'final') return { ...n, carry: carry[n.carry]! }
      return n
    })
  return {
    nodes,
    carries: draft.carries
      .filter((_, i) => carryLive[i])
      .map((c) => ({ ...c, init: node[c.init]!, next: node[c.next]! })),
    loads: draft.loads.filter((_, i) => loadLive[i]),
    stores: draft.stores.map((s) => ({ ...s, node: node[s.node]! })),
  }
}

/** Adjacent axes of the draft that become one axis: its length, and the innermost of them. */
interface MergedAxis {
  readonly size: number
  readonly last: number
}

/** Merges adjacent axes that every address and every coordinate form traverses as one axis. */
function coalesce(
  draft: DraftKernel,
  nodes: readonly DraftNode[],
  loads: readonly DraftAccess[],
  stores: readonly DraftStore[],
): MergedAxis[] {
  const forms = [
    ...loads.map((l) => l.address),
    ...stores.map((s) => s.address),
    ...nodes.flatMap((n) => (n.op === 'linear' ? [n.form] : [])),
  ]
  const runs: MergedAxis[] = []
  draft.space.forEach((size, a) => {
    const before = runs[runs.length - 1]
    const joins =
      before !== undefined &&
      a !== draft.time &&
      before.last !== draft.time &&
      size > 0 &&
      before.size > 0 &&
      draft.reduce.includes(a) === draft.reduce.includes(before.last) &&
      forms.every((f) => f.steps[before.last] === f.steps[a]! * size)
    if (joins) runs[runs.length - 1] = { size: before.size * size, last: a }
    else runs.push({ size, last: a })
  })
  return runs
}
