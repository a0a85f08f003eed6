import type { Access, Kernel, KernelNode } from '../../src/plan/kernel.js'
import type { Operand, Plan, Slot, Step } from '../../src/plan/plan.js'
import type { DotRoutine } from '../../src/routines/dot.js'
import type { KernelStep } from '../../src/tiling/partitionStep.js'

export const at = (slot: number, offset = 0, advance: readonly number[] = []): Operand => ({ slot, offset, advance })

const access = (strides: readonly number[], offset = 0): Access => ({ dtype: 'f32', offset, strides })

/** A kernel that adds its loads, with one store; every access with its operand. */
export function addKernel(
  space: readonly number[],
  loads: readonly (readonly [Operand, readonly number[]])[],
  [out, strides]: readonly [Operand, readonly number[]],
  reduce: readonly number[] = [],
): KernelStep {
  const nodes: KernelNode[] = loads.map((_, operand) => ({ op: 'load', dtype: 'f32', operand }))
  let sum = 0
  for (let i = 1; i < loads.length; i++) {
    nodes.push({ op: 'add', dtype: 'f32', args: [sum, i] })
    sum = nodes.length - 1
  }
  const kernel: Kernel = {
    ...{ name: 'add', space, time: null, reduce, carries: [], nodes },
    loads: loads.map(([, s]) => access(s)),
    stores: [{ ...access(strides), node: sum, when: 'each', reduce: reduce.length > 0 ? 'sum' : null }],
  }
  return { kind: 'kernel', kernel, loads: loads.map(([o]) => o), stores: [out] }
}

/** C = A B with contiguous A [m, k] and B [k, n]. */
export function dot(m: number, n: number, k: number, a: Operand, b: Operand, out: Operand): Step {
  const routine: DotRoutine = {
    ...{ kind: 'dot', dtype: 'f32', batch: 1, m, n, k, binary: false },
    ...{ a: { batch: 0, m: k, k: 1 }, b: { batch: 0, k: n, n: 1 } },
  }
  return { kind: 'routine', routine, ins: [a, b], outs: [out] }
}

/** A plan of f32 slots: `inputs` and `outputs` by size, then temporaries by size and byte offset. */
export function planOf(
  inputs: readonly number[],
  outputs: readonly number[],
  temporaries: readonly (readonly [size: number, byteOffset: number])[],
  steps: readonly Step[],
): Plan {
  const slot = (kind: 'input' | 'output') => (size: number, index: number) =>
    ({ kind, index, dtype: 'f32', size }) satisfies Slot
  return {
    slots: [
      ...inputs.map(slot('input')),
      ...outputs.map(slot('output')),
      ...temporaries.map(([size, byteOffset]): Slot => ({ kind: 'temporary', byteOffset, dtype: 'f32', size })),
    ],
    inputs: inputs.length,
    outputs: outputs.length,
    donations: outputs.map(() => null),
    workspace: Math.max(0, ...temporaries.map(([size, byteOffset]) => byteOffset + 4 * size)),
    steps,
  }
}
