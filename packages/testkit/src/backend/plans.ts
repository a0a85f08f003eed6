import {
  hostArray,
  routines,
  type Access,
  type Backend,
  type Carry,
  type DType,
  type Kernel,
  type KernelNode,
  type Operand,
  type Plan,
  type Routine,
  type Slot,
  type Step,
  type Store,
  type TypedArray,
} from '@spikeward/core/backend'

/** An operand: a slot at an offset (default 0) that may advance with the enclosing loops. */
export const operand = (slot: number, offset = 0, advance: readonly number[] = []): Operand => ({
  slot,
  offset,
  advance,
})

/** An access with contiguous strides for a shape, or with given strides. */
export const access = (dtype: DType, strides: readonly number[], offset = 0): Access => ({ dtype, strides, offset })

/** Row-major strides. */
export function contiguous(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!
  return strides
}

/** A store at every point. */
export const store = (dtype: DType, strides: readonly number[], node: number, more: Partial<Store> = {}): Store => ({
  dtype,
  strides,
  offset: 0,
  node,
  when: 'each',
  reduce: null,
  ...more,
})

/** A kernel with the given parts, empty otherwise. */
export function kernel(
  k: { space: readonly number[]; nodes: readonly KernelNode[]; stores: readonly Store[] } & Partial<Kernel>,
): Kernel {
  return { name: 'testkit', time: null, reduce: [], loads: [], carries: [] as readonly Carry[], ...k }
}

/** Number of elements that the slot of an access needs. */
export function extent(a: Access, space: readonly number[]): number {
  // An axis of length 0 with stride 0 does not make the access empty: an initial state is read even without steps.
  if (space.some((n, i) => n === 0 && a.strides[i] !== 0)) return 0
  return a.offset + a.strides.reduce((sum, s, i) => sum + Math.max(s, 0) * (space[i]! - 1), 0) + 1
}

/** A plan of one kernel, with a slot for each access. */
export function kernelPlan(k: Kernel): Plan {
  const inputs = k.loads.map((a, index): Slot => ({ kind: 'input', index, dtype: a.dtype, size: extent(a, k.space) }))
  const outputs = k.stores.map((a, index): Slot => {
    const space = k.space.map((n, axis) =>
      (a.reduce !== null && k.reduce.includes(axis)) || (a.when === 'once' && axis === k.time) ? 1 : n,
    )
    return { kind: 'output', index, dtype: a.dtype, size: extent(a, space) }
  })
  const steps: Step[] = [
    {
      kind: 'kernel',
      kernel: k,
      loads: inputs.map((_, i) => operand(i)),
      stores: outputs.map((_, i) => operand(inputs.length + i)),
    },
  ]
  return planOf([...inputs, ...outputs], steps)
}

/** A plan of given slots and steps. */
export function planOf(slots: readonly Slot[], steps: readonly Step[], more: Partial<Plan> = {}): Plan {
  const count = (kind: Slot['kind']): number => slots.filter((s) => s.kind === kind).length
  return {
    slots,
    steps,
    inputs: count('input'),
    outputs: count('output'),
    donations: new Array<null>(count('output')).fill(null),
    workspace: 0,
    ...more,
  }
}

/** The slots of the plan's outputs, in order. */
export const outputSlots = (plan: Plan): Slot[] =>
  Array.from({ length: plan.outputs }, (_, j) => plan.slots.find((s) => s.kind === 'output' && s.index === j)!)

/**
 * Compiles and runs a plan once on host data, then frees everything. Outputs are filled with 7 first, to reveal
 * elements that are not written.
 */
export async function runPlan(backend: Backend, plan: Plan, ins: readonly TypedArray[]): Promise<TypedArray[]> {
  const buffers = ins.map((data) => {
    const buffer = backend.allocate(data.byteLength)
    backend.write(buffer, data)
    return buffer
  })
  const slots = outputSlots(plan)
  const outs = slots.map((slot, j) => {
    const donor = plan.donations[j] ?? null
    if (donor !== null) return buffers[donor]!
    const start = hostArray(slot.dtype, slot.size).fill(7)
    const buffer = backend.allocate(start.byteLength)
    backend.write(buffer, start)
    return buffer
  })
  const executable = backend.compile(plan)
  try {
    executable.run(buffers, outs)
    return await Promise.all(slots.map((slot, j) => backend.read(outs[j]!, slot.dtype, slot.size)))
  } finally {
    executable.dispose()
    for (const buffer of new Set([...buffers, ...outs])) backend.free(buffer)
  }
}

/**
 * A plan of one routine on whole slots, whose operands and result start at `offsets`; types and sizes are as declared.
 */
export function routinePlan(routine: Routine, ins: readonly TypedArray[], offsets: readonly number[] = []): Plan {
  const spans = routines[routine.kind].spans(routine)
  const result = spans.at(-1)!
  const size = result.lengths.reduce((n, d) => n * d, 1) + (offsets[ins.length] ?? 0)
  const slots: Slot[] = [
    ...ins.map((x, index): Slot => ({ kind: 'input', index, dtype: spans[index]!.dtype, size: x.length })),
    { kind: 'output', index: 0, dtype: result.dtype, size },
  ]
  return planOf(slots, [
    {
      kind: 'routine',
      routine,
      ins: ins.map((_, i) => operand(i, offsets[i] ?? 0)),
      outs: [operand(ins.length, offsets[ins.length] ?? 0)],
    },
  ])
}

/** Lists of whole numbers from a text: `'2×3, 1×4'` is [[2, 3], [1, 4]]. */
export const sizesIn = (text: string): number[][] => text.split(', ').map((sizes) => sizes.split('×').map(Number))
