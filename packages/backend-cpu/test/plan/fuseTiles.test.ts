import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { bytesOf } from '@spikeward/core/backend'
import type { Backend, Kernel, KernelNode, Operand, Plan, Slot, Step } from '@spikeward/core/backend'
import { countAccesses } from '@spikeward/core/tiling'
import { cpu } from '../../src/index.js'
import { defaultTileLimits, fuseTiles } from '../../src/plan/fuseTiles.js'
import { control } from '../../src/threads/barrier.js'
import { access, constant, load, numbers, run, store, uniform } from '../plans.js'

const backends: Backend[] = []
let threaded: Backend
beforeAll(async () => {
  threaded = await cpu({ threads: 3 })
  backends.push(await cpu({ threads: 1 }), threaded)
})
afterAll(async () => {
  for (const b of backends) await b[Symbol.asyncDispose]()
})

/** Sizes of a layer: time steps, rows of the batch, neurons before and after the weights, directions. */
interface Layer {
  readonly T: number
  readonly B: number
  readonly N: number
  readonly M: number
  readonly K: number
}

const f32 = (op: 'add' | 'sub' | 'mul' | 'div', ...args: readonly number[]): KernelNode => ({ op, dtype: 'f32', args })

/**
 * One time loop: u ← u + drive − s, s = [u > 1], and a tangent du ← du + ddrive, ds = du / (1 + u²); stores s and ds.
 */
function firing({ T, B, N, K }: Layer): Kernel {
  return {
    name: 'firing',
    space: [K, T, B, N],
    time: 1,
    reduce: [],
    loads: [access([0, 0, N, 1]), access([B * N, 0, N, 1])],
    nodes: [
      load(0),
      load(1),
      constant(0),
      constant(1),
      { op: 'carry', dtype: 'f32', carry: 0 },
      { op: 'carry', dtype: 'f32', carry: 1 },
      f32('add', 4, 0),
      { op: 'lt', dtype: 'bool', args: [3, 6] },
      { op: 'cast', dtype: 'f32', args: [7] },
      f32('sub', 6, 8),
      f32('add', 5, 1),
      f32('mul', 6, 6),
      f32('add', 3, 11),
      f32('div', 10, 12),
    ],
    carries: [
      { dtype: 'f32', init: 2, next: 9 },
      { dtype: 'f32', init: 2, next: 10 },
    ],
    stores: [store(8, [0, B * N, N, 1]), store(13, [T * B * N, B * N, N, 1])],
  }
}

/** Sums of the products over time: those of the spikes and those of every direction. */
function gathering({ T, B, M, K }: Layer): Kernel {
  const direction = [T * B * M, B * M, M, 1]
  return {
    name: 'gathering',
    space: [K, T, B, M],
    time: 1,
    reduce: [],
    loads: [access([0, B * M, M, 1]), access(direction), access(direction), access([0, 0, 0, 1])],
    nodes: [
      load(0),
      load(1),
      load(2),
      load(3),
      constant(0),
      { op: 'carry', dtype: 'f32', carry: 0 },
      { op: 'carry', dtype: 'f32', carry: 1 },
      f32('add', 0, 3),
      f32('add', 5, 7),
      f32('add', 1, 2),
      f32('add', 6, 9),
      { op: 'final', dtype: 'f32', carry: 0 },
      { op: 'final', dtype: 'f32', carry: 1 },
    ],
    carries: [
      { dtype: 'f32', init: 4, next: 8 },
      { dtype: 'f32', init: 4, next: 10 },
    ],
    stores: [store(11, [0, 0, M, 1], { when: 'once' }), store(12, [B * M, 0, M, 1], { when: 'once' })],
  }
}

const at = (slot: number): Operand => ({ slot, offset: 0, advance: [] })

/** A layer of spiking neurons with K tangents, its products, and their sums over time: the steps of one group. */
function layer(sizes: Layer): Plan {
  const { T, B, N, M, K } = sizes
  const slots: Slot[] = []
  const add = (kind: 'input' | 'output', index: number, size: number): number =>
    slots.push({ kind, index, dtype: 'f32', size }) - 1
  let workspace = 0
  const temporary = (size: number): number => {
    const slot = slots.push({ kind: 'temporary', byteOffset: workspace, dtype: 'f32', size }) - 1
    workspace += Math.ceil((4 * size) / 64) * 64
    return slot
  }
  const [drive, ddrive, w, dw, bias] = [B * N, K * B * N, N * M, K * N * M, M].map((size, i) => add('input', i, size))
  const [total, dtotal] = [B * M, K * B * M].map((size, i) => add('output', i, size))
  const [s, ds, ws, wds, dws] = [T * B * N, K * T * B * N, T * B * M, K * T * B * M, K * T * B * M].map(temporary)
  const rows = T * B
  const dot = (batch: number, m: number, a: number, b: number, binary: boolean, ins: number[], out: number): Step => ({
    kind: 'routine',
    routine: {
      kind: 'dot',
      dtype: 'f32',
      batch,
      m,
      n: M,
      k: N,
      a: { batch: a, m: N, k: 1 },
      b: { batch: b, k: M, n: 1 },
      binary,
    },
    ins: ins.map(at),
    outs: [at(out)],
  })
  return {
    slots,
    inputs: 5,
    outputs: 2,
    donations: [null, null],
    workspace,
    steps: [
      { kind: 'kernel', kernel: firing(sizes), loads: [at(drive!), at(ddrive!)], stores: [at(s!), at(ds!)] },
      dot(1, rows, 0, 0, true, [s!, w!], ws!),
      dot(1, K * rows, 0, 0, false, [ds!, w!], wds!),
      dot(K, rows, 0, N * M, true, [s!, dw!], dws!),
      {
        kind: 'kernel',
        kernel: gathering(sizes),
        loads: [at(ws!), at(wds!), at(dws!), at(bias!)],
        stores: [at(total!), at(dtotal!)],
      },
    ],
  }
}

/** Runs each step as a separate plan, with a buffer for every slot, so that no group forms. */
async function stepByStep(backend: Backend, plan: Plan, ins: readonly Float32Array[]): Promise<Float32Array[]> {
  const buffers = plan.slots.map((slot) => {
    const b = backend.allocate(slot.size * bytesOf(slot.dtype))
    if (slot.kind === 'input') backend.write(b, ins[slot.index]!)
    return b
  })
  const slots = plan.slots.map(({ dtype, size }, index): Slot => ({ kind: 'output', index, dtype, size }))
  const all = { slots, inputs: slots.length, outputs: slots.length, donations: slots.map((_, j) => j), workspace: 0 }
  for (const step of plan.steps) {
    const executable = backend.compile({ ...all, steps: [step] })
    expect(executable.source).not.toContain('tile-fused group')
    executable.run(buffers, buffers)
    executable.dispose()
  }
  const results: Float32Array[] = []
  for (const [i, slot] of plan.slots.entries())
    if (slot.kind === 'output')
      results[slot.index] = (await backend.read(buffers[i]!, 'f32', slot.size)) as Float32Array
  for (const b of buffers) backend.free(b)
  return results
}

const inputsOf = ({ B, N, M, K }: Layer): Float32Array[] =>
  [B * N, K * B * N, N * M, K * N * M, M].map((size, i) => uniform(size, i + 1))

describe('tile-fused groups', () => {
  const layers: readonly (readonly [string, Layer])[] = [
    ['a batch that tiles divide', { T: 8, B: 96, N: 64, M: 64, K: 1 }],
    ['a batch that no tile divides', { T: 8, B: 101, N: 64, M: 48, K: 1 }],
    ['several directions', { T: 4, B: 100, N: 64, M: 36, K: 3 }],
    ['one time step', { T: 1, B: 304, N: 128, M: 128, K: 2 }],
  ]
  test.each(layers)('compute the same values as their steps one by one: %s', async (_, sizes) => {
    const plan = layer(sizes)
    const ins = inputsOf(sizes)
    for (const backend of backends) {
      const executable = backend.compile(plan)
      // Also in tiles of few rows; the second product of the same spikes uses the lists of the first.
      expect(executable.source).toMatch(
        /tile-fused group[^]*event-driven[^]*event-driven.*, with the lists of an earlier product/,
      )
      executable.dispose()
      expect(await run(backend, plan, ins)).toEqual(await stepByStep(backend, plan, ins))
    }
  })

  test('take one command to the threads a run, and wait twice: for the packed weights, and for the last tile', () => {
    const plan = layer({ T: 8, B: 96, N: 64, M: 64, K: 1 })
    const buffers = plan.slots.slice(0, plan.inputs + plan.outputs).map(({ size }) => threaded.allocate(4 * size))
    const executable = threaded.compile(plan)
    expect(executable.source).toContain('tile-fused group')
    const add = vi.spyOn(Atomics, 'add')
    try {
      executable.run(buffers.slice(0, plan.inputs), buffers.slice(plan.inputs))
      expect(add).toHaveBeenCalledTimes(1)
      const [cells] = add.mock.calls[0]!
      const turn = (): number => Number(cells[control.turn >> 2])
      const before = turn()
      executable.run(buffers.slice(0, plan.inputs), buffers.slice(plan.inputs))
      expect([add.mock.calls.length, turn() - before]).toEqual([2, 2])
    } finally {
      add.mockRestore()
    }
    executable.dispose()
    for (const buffer of buffers) threaded.free(buffer)
  })

  test('do not share the places of spikes between products whose columns are blocked in different widths', async () => {
    const sizes: Layer = { T: 8, B: 96, N: 64, M: 0, K: 1 }
    const { T, B, N } = sizes
    const widths = [64, 128, 64, 128]
    const sized = (kind: 'input' | 'output', list: readonly number[]): Slot[] =>
      list.map((size, index) => ({ kind, index, dtype: 'f32', size }))
    const given = [B * N, B * N, ...widths.flatMap((n) => [N * n, n])]
    const taken = [T * B * N, ...widths.flatMap((n) => [B * n, B * n])]
    let workspace = 0
    const temporaries = [N, ...widths].map((n): Slot => {
      const byteOffset = workspace
      workspace += 4 * T * B * n
      return { kind: 'temporary', byteOffset, dtype: 'f32', size: T * B * n }
    })
    const tangents = given.length
    const spikes = given.length + taken.length
    const head = (n: number, i: number): Step[] => {
      const product = spikes + 1 + i
      const totals = [tangents + 1 + 2 * i, tangents + 2 + 2 * i]
      const [a, b] = [
        { batch: 0, m: N, k: 1 },
        { batch: 0, k: n, n: 1 },
      ]
      const routine = { kind: 'dot', dtype: 'f32', batch: 1, m: T * B, n, k: N, a, b, binary: true } as const
      const loads = [product, product, product, 3 + 2 * i]
      return [
        { kind: 'routine', routine, ins: [spikes, 2 + 2 * i].map(at), outs: [at(product)] },
        { kind: 'kernel', kernel: gathering({ ...sizes, M: n }), loads: loads.map(at), stores: totals.map(at) },
      ]
    }
    const plan: Plan = {
      slots: [...sized('input', given), ...sized('output', taken), ...temporaries],
      inputs: given.length,
      outputs: taken.length,
      donations: taken.map(() => null),
      workspace,
      steps: [
        { kind: 'kernel', kernel: firing(sizes), loads: [at(0), at(1)], stores: [at(spikes), at(tangents)] },
        ...widths.flatMap(head),
      ],
    }
    const ins = given.map((size, i) => uniform(size, i + 1))
    for (const backend of backends) {
      const executable = backend.compile(plan)
      expect(
        executable.source.match(/event-driven.*, with the lists of an earlier product/g)?.length,
      ).toBeGreaterThanOrEqual(2)
      executable.dispose()
      expect(await run(backend, plan, ins)).toEqual(await stepByStep(backend, plan, ins))
    }
  })

  test('run in a loop with operands that advance', async () => {
    const sizes: Layer = { T: 4, B: 104, N: 64, M: 64, K: 1 }
    const { B, N, M } = sizes
    const one = layer(sizes)
    const turns = 3
    // Drives, biases and totals of all iterations are stored one after the other.
    const size = new Map([
      [0, B * N],
      [1, B * N],
      [4, M],
      [5, B * M],
      [6, B * M],
    ])
    const moving = (o: Operand): Operand => ({ ...o, advance: [size.get(o.slot) ?? 0] })
    const steps = one.steps.map((s): Step => {
      if (s.kind === 'kernel') return { ...s, loads: s.loads.map(moving), stores: s.stores.map(moving) }
      return s.kind === 'routine' ? { ...s, ins: s.ins.map(moving), outs: s.outs.map(moving) } : s
    })
    const plan: Plan = {
      ...one,
      slots: one.slots.map((s, i) => (size.has(i) ? { ...s, size: turns * s.size } : s)),
      steps: [{ kind: 'loop', length: turns, steps }],
    }
    const next = numbers(7)
    const ins = [0, 1, 2, 3, 4].map((i) => Float32Array.from({ length: plan.slots[i]!.size }, next))
    for (const backend of backends) {
      const executable = backend.compile(plan)
      expect(executable.source).toContain('tile-fused group')
      executable.dispose()
      const found = await run(backend, plan, ins)
      for (let turn = 0; turn < turns; turn++) {
        const mine = (list: readonly ArrayLike<number>[], from: number): Float32Array[] =>
          list.map((x, i) => {
            const n = size.get(from + i)
            return n === undefined ? Float32Array.from(x) : Float32Array.from(x).slice(turn * n, (turn + 1) * n)
          })
        expect(mine(found as Float32Array[], 5)).toEqual(await stepByStep(backend, one, mine(ins, 0)))
      }
    }
  })

  test('end where a step reads other rows, and spill slots that a later step reads', () => {
    const sizes: Layer = { T: 8, B: 96, N: 64, M: 64, K: 1 }
    const { T, B, N } = sizes
    const plan = layer(sizes)
    const spikes = 7
    // Reads the rows in reverse: it cannot join the group, and the spikes must be in memory for it.
    const turned: Step = {
      kind: 'kernel',
      kernel: {
        name: 'turned',
        space: [T * B * N],
        time: null,
        reduce: [],
        loads: [access([-1], 'f32', T * B * N - 1)],
        nodes: [load(0)],
        carries: [],
        stores: [store(0, [1])],
      },
      loads: [at(spikes)],
      stores: [at(plan.slots.length)],
    }
    const slots: Slot[] = [...plan.slots, { kind: 'output', index: 2, dtype: 'f32', size: T * B * N }]
    const longer: Plan = { ...plan, slots, outputs: 3, donations: [null, null, null], steps: [...plan.steps, turned] }
    const items = fuseTiles(longer, longer.steps, 0, countAccesses(longer.steps), defaultTileLimits)
    expect(items.map((b) => b.kind)).toEqual(['tileFused', 'kernel'])
    const [group] = items
    expect(group?.kind === 'tileFused' && [...group.scratch.spans.keys()]).toEqual([8, 9, 10, 11])
    expect(group).toMatchObject({ tiling: { partitionSize: B } })
  })
})
