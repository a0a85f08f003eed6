import type { Access, DotRoutine, Kernel, KernelNode, Operand, Plan, Slot, Step, Store } from '@spikeward/core/backend'

const operand = (slot: number): Operand => ({ slot, offset: 0, advance: [] })
const access = (strides: readonly number[]): Access => ({ dtype: 'f32', offset: 0, strides })
const store = (strides: readonly number[], node: number, more: Partial<Store> = {}): Store => ({
  ...access(strides),
  node,
  when: 'each',
  reduce: null,
  ...more,
})

/**
 * A small network: x [rows, k] · w [k, n] through T steps with K tangents next to a primal, spikes · w2, and the sums
 * of the result over rows. The second product is optionally in a loop of two. Inputs x, w, w2; outputs the sums and the
 * last product.
 */
export function networkPlan(rows: number, k: number, n: number, T: number, K: number, loop = true): Plan {
  const slots: Slot[] = [
    { kind: 'input', index: 0, dtype: 'f32', size: rows * k },
    { kind: 'input', index: 1, dtype: 'f32', size: k * n },
    { kind: 'input', index: 2, dtype: 'f32', size: n * n },
  ]
  let end = 0
  const temporary = (size: number): number => {
    slots.push({ kind: 'temporary', byteOffset: end, dtype: 'f32', size })
    end += Math.ceil(size / 16) * 64
    return slots.length - 1
  }
  const [currents, spikes, tangents, product] = [rows * n, T * rows * n, K * rows * n, T * rows * n].map(temporary) as [
    number,
    number,
    number,
    number,
  ]
  slots.push(
    { kind: 'output', index: 0, dtype: 'f32', size: n },
    { kind: 'output', index: 1, dtype: 'f32', size: T * rows * n },
  )
  const [sums, last] = [slots.length - 2, slots.length - 1]
  const dot = (m: number, depth: number, binary: boolean): DotRoutine => ({
    kind: 'dot',
    dtype: 'f32',
    batch: 1,
    m,
    n,
    k: depth,
    a: { batch: 0, m: depth, k: 1 },
    b: { batch: 0, k: n, n: 1 },
    binary,
  })
  const nodes: KernelNode[] = [
    { op: 'load', dtype: 'f32', operand: 0 },
    { op: 'const', dtype: 'f32', value: 0 },
    { op: 'const', dtype: 'f32', value: 0.75 },
    { op: 'const', dtype: 'f32', value: 1 },
    { op: 'index', dtype: 'f32', axis: 0 },
    { op: 'carry', dtype: 'f32', carry: 0 },
    { op: 'carry', dtype: 'f32', carry: 1 },
    { op: 'mul', dtype: 'f32', args: [5, 2] },
    { op: 'add', dtype: 'f32', args: [7, 0] }, // 8 membrane
    { op: 'le', dtype: 'bool', args: [3, 8] },
    { op: 'cast', dtype: 'f32', args: [9] }, // 10 spike
    { op: 'sub', dtype: 'f32', args: [8, 10] },
    { op: 'tanh', dtype: 'f32', args: [8] }, // 11 after the reset, 12 slope
    { op: 'mul', dtype: 'f32', args: [6, 12] },
    { op: 'add', dtype: 'f32', args: [13, 4] }, // 14 tangent
    { op: 'final', dtype: 'f32', carry: 1 },
  ]
  const scan: Kernel = {
    name: 'scan',
    space: [K, T, rows * n],
    time: 1,
    reduce: [],
    loads: [access([0, 0, 1])],
    nodes,
    carries: [
      { dtype: 'f32', init: 1, next: 11 },
      { dtype: 'f32', init: 1, next: 14 },
    ],
    stores: [store([0, rows * n, 1], 10), store([rows * n, 0, 1], 15, { when: 'once' })],
  }
  const total: Kernel = {
    name: 'sums',
    space: [T * rows, n],
    time: null,
    reduce: [0],
    loads: [access([n, 1]), { ...access([0, 1]), offset: (K - 1) * rows * n }],
    nodes: [
      { op: 'load', dtype: 'f32', operand: 0 },
      { op: 'load', dtype: 'f32', operand: 1 },
      { op: 'mul', dtype: 'f32', args: [0, 1] },
    ],
    carries: [],
    stores: [store([0, 1], 2, { reduce: 'sum' })],
  }
  const copy: Kernel = {
    name: 'copy',
    space: [T * rows * n],
    time: null,
    reduce: [],
    loads: [access([1])],
    nodes: [{ op: 'load', dtype: 'f32', operand: 0 }],
    carries: [],
    stores: [store([1], 0)],
  }
  const second: Step = {
    kind: 'routine',
    routine: dot(T * rows, n, true),
    ins: [operand(spikes), operand(2)],
    outs: [operand(product)],
  }
  return {
    slots,
    inputs: 3,
    outputs: 2,
    donations: [null, null],
    workspace: end,
    steps: [
      { kind: 'routine', routine: dot(rows, k, false), ins: [operand(0), operand(1)], outs: [operand(currents)] },
      { kind: 'kernel', kernel: scan, loads: [operand(currents)], stores: [operand(spikes), operand(tangents)] },
      ...(loop ? [{ kind: 'loop', length: 2, steps: [second] } as const] : [second]),
      { kind: 'kernel', kernel: total, loads: [operand(product), operand(tangents)], stores: [operand(sums)] },
      { kind: 'kernel', kernel: copy, loads: [operand(product)], stores: [operand(last)] },
    ],
  }
}

/** Reproducible numbers in [−1, 1). */
export function numbers(size: number, seed: number): Float32Array {
  const drawn = new Float32Array(size)
  let state = seed
  // An emulated processor takes many times as long to draw through an iterator.
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    drawn[i] = state / 2 ** 31 - 1
  }
  return drawn
}
