import { hostArray } from '@spikeward/core/backend'
import type {
  Backend,
  DotRoutine,
  DType,
  Kernel,
  KernelNode,
  Plan,
  Slot,
  Store,
  TypedArray,
} from '@spikeward/core/backend'

const operand = (slot: number) => ({ slot, offset: 0, advance: [] })

/**
 * A plan of one kernel, with every access in its own buffer; `donate[j]` is the load whose buffer store j overwrites.
 */
export function kernelPlan(
  k: Partial<Kernel> & Pick<Kernel, 'space' | 'nodes' | 'stores'>,
  sizes: readonly number[],
  donate: readonly (number | null)[] = [],
): Plan {
  const kernel: Kernel = { name: 'test', time: null, reduce: [], loads: [], carries: [], ...k }
  const inputs = kernel.loads.map((a, index): Slot => ({ kind: 'input', index, dtype: a.dtype, size: sizes[index]! }))
  const outputs = kernel.stores.map(
    (a, index): Slot => ({ kind: 'output', index, dtype: a.dtype, size: sizes[inputs.length + index]! }),
  )
  return {
    slots: [...inputs, ...outputs],
    inputs: inputs.length,
    outputs: outputs.length,
    donations: outputs.map((_, j) => donate[j] ?? null),
    workspace: 0,
    steps: [
      {
        kind: 'kernel',
        kernel,
        loads: inputs.map((_, i) => operand(i)),
        stores: outputs.map((_, j) => operand(inputs.length + j)),
      },
    ],
  }
}

/** A plan of one product; sizes are those of the buffers of A and B. */
export function dotPlan(
  routine: Omit<DotRoutine, 'kind'>,
  sizeA: number,
  sizeB: number,
  offsets: readonly [number, number] = [0, 0],
): Plan {
  const { dtype, batch, m, n } = routine
  return {
    slots: [
      { kind: 'input', index: 0, dtype, size: sizeA },
      { kind: 'input', index: 1, dtype, size: sizeB },
      { kind: 'output', index: 0, dtype, size: batch * m * n },
    ],
    inputs: 2,
    outputs: 1,
    donations: [null],
    workspace: 0,
    steps: [
      {
        kind: 'routine',
        routine: { kind: 'dot', ...routine },
        ins: [
          { slot: 0, offset: offsets[0], advance: [] },
          { slot: 1, offset: offsets[1], advance: [] },
        ],
        outs: [operand(2)],
      },
    ],
  }
}

export const load = (operandIndex: number, dtype: DType = 'f32'): KernelNode => ({
  op: 'load',
  dtype,
  operand: operandIndex,
})
export const constant = (value: number, dtype: DType = 'f32'): KernelNode => ({ op: 'const', dtype, value })
export const access = (strides: readonly number[], dtype: DType = 'f32', offset = 0) => ({ dtype, offset, strides })
export const store = (node: number, strides: readonly number[], more: Partial<Store> = {}): Store => ({
  dtype: 'f32',
  offset: 0,
  strides,
  node,
  when: 'each',
  reduce: null,
  ...more,
})

/** Runs a plan once, frees everything, and returns the outputs. */
export async function run(backend: Backend, plan: Plan, ins: readonly TypedArray[]): Promise<TypedArray[]> {
  const buffers = ins.map((x) => {
    const b = backend.allocate(x.byteLength)
    backend.write(b, x)
    return b
  })
  const slots = Array.from(
    { length: plan.outputs },
    (_, j) => plan.slots.find((s) => s.kind === 'output' && s.index === j)!,
  )
  const outs = slots.map((s, j) => {
    const donor = plan.donations[j] ?? null
    return donor === null ? backend.allocate(hostArray(s.dtype, s.size).byteLength) : buffers[donor]!
  })
  const executable = backend.compile(plan)
  executable.run(buffers, outs)
  const results = await Promise.all(slots.map((s, j) => backend.read(outs[j]!, s.dtype, s.size)))
  executable.dispose()
  for (const b of new Set([...buffers, ...outs])) backend.free(b)
  return results
}

/** A reproducible generator of numbers in [−1, 1). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39) >>> 0
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 31 - 1
  }
}

export function uniform(size: number, seed: number): Float32Array {
  const next = numbers(seed)
  return Float32Array.from({ length: size }, next)
}
