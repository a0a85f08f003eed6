import { describe, expect, test } from 'vitest'
import * as s from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { bytesOf } from '../../src/tensor/dtype.js'
import { countUses, growBand, partitionsOf, type Growth } from '../../src/tiling/growGroup.js'
import { localityOf, type Locality } from '../../src/tiling/locality.js'
import { lower } from '../../src/lower/lower.js'
import type { Operand, Plan, Slot, Step } from '../../src/plan/plan.js'
import { evenTile, tileMemory, tileStep, type TileOf } from '../../src/tiling/tileStep.js'
import { checkPlan } from '../../src/backendKit/checkPlan.js'
import { spike } from '../lower/networks.js'
import { inputsOf, runPlan, traced } from '../lower/harness.js'

const [BATCH, IN, OUT, STEPS, CHUNKS] = [10, 6, 5, 4, 3]

/** Chunks of time, layer by layer: a scan, a product, a scan, with the states carried on from chunk to chunk. */
function chunks(x: Tensor, w: Tensor, bias: Tensor): Tensor {
  const layer = (u: Tensor, drive: Tensor | null, current: Tensor): [Tensor, Tensor] =>
    s.scan(
      (v: Tensor, now: Tensor | null) => {
        const charged = s.add(s.mul(v, 0.9), now ?? current)
        const out = spike(s.sub(charged, 1))
        return [s.sub(charged, out), out] as const
      },
      u,
      drive,
      { length: STEPS },
    )
  type Carry = { a: Tensor; b: Tensor; count: Tensor }
  const start: Carry = { a: s.zeros([BATCH, IN]), b: s.zeros([BATCH, OUT]), count: s.zeros([BATCH, OUT]) }
  const [end] = s.scan(
    (c: Carry): [Carry, Tensor[]] => {
      const [a, fired] = layer(c.a, null, x)
      const drive = s.add(s.matmul(s.reshape(fired, [STEPS * BATCH, IN]), w), bias)
      const [b, out] = layer(c.b, s.reshape(drive, [STEPS, BATCH, OUT]), x)
      return [{ a, b, count: s.add(c.count, s.sum(out, 0)) }, []]
    },
    start,
    null,
    { length: CHUNKS },
  )
  return s.mean(s.square(end.count))
}

/** The same with its derivative along a direction. */
const sloped = (x: Tensor, w: Tensor, bias: Tensor, dw: Tensor): [Tensor, Tensor] =>
  s.jvp((v: Tensor) => chunks(x, v, bias), [w], [dw])

const every = (): boolean => true

/** The longest band of a plan from any of its steps on, with a loop in it. */
function bandOf(plan: Plan): { growth: Growth<Locality>; from: number } {
  const uses = countUses(plan.steps)
  const rules = { localize: (step: Step, n: number) => localityOf(step, n, every), fits: every, mayMove: true }
  for (const from of plan.steps.keys()) {
    const steps = plan.steps.slice(from)
    for (const count of partitionsOf(steps, 1)) {
      const growth = count === BATCH ? growBand(plan, steps, count, 0, uses, rules) : null
      if (growth?.localities.some((l) => l.kind === 'loop') === true) return { growth, from }
    }
  }
  throw new Error('no band')
}

/** The turn of the outermost loop as a number. */
const atTurn = (turn: number, step: Step): Step => {
  const still = ({ advance: [by = 0, ...rest], ...o }: Operand): Operand => ({
    ...o,
    offset: o.offset + turn * by,
    advance: rest,
  })
  switch (step.kind) {
    case 'loop':
      return { ...step, steps: step.steps.map((x) => atTurn(turn, x)) }
    case 'kernel':
      return { ...step, loads: step.loads.map(still), stores: step.stores.map(still) }
    case 'routine':
      return { ...step, ins: step.ins.map(still), outs: step.outs.map(still) }
  }
}

/** The plan with its band as a loop over tiles, the last of them shorter; every slot in memory of its own. */
function tiled(plan: Plan, tile: number): Plan {
  const { growth, from } = bandOf(plan)
  const { count, localities, runs } = growth
  const of: TileOf = { count, tile, runs, depth: 0 }
  const { own } = tileMemory(plan.slots, of)
  let workspace = 0
  const slots = plan.slots.map((slot, i): Slot => {
    if (slot.kind !== 'temporary') return slot
    const part = own.get(i)
    const size = part === undefined ? slot.size : (part.to - part.from) / bytesOf(slot.dtype)
    const placed: Slot = { ...slot, size, byteOffset: workspace }
    workspace += Math.ceil((size * bytesOf(slot.dtype)) / 64) * 64
    return placed
  })
  const [whole, left] = [Math.floor(count / tile), count % tile]
  const steps: Step[] = [
    ...plan.steps.slice(0, from),
    { kind: 'loop', length: whole, steps: localities.map((l) => tileStep(l, of, tile)) },
    ...(left === 0 ? [] : localities.map((l) => atTurn(whole, tileStep(l, of, left)))),
    ...plan.steps.slice(from + localities.length),
  ]
  return { ...plan, slots, workspace, steps }
}

describe('a loop over chunks of time, tile by tile of the batch', () => {
  const made = [
    traced(chunks, s.zeros([BATCH, IN]), s.zeros([IN, OUT]), s.zeros([OUT])),
    traced(sloped, s.zeros([BATCH, IN]), s.zeros([IN, OUT]), s.zeros([OUT]), s.zeros([IN, OUT])),
  ]

  test.each([1, 2, 3, 5, 10])('gives the very values of the whole batch: %i rows a tile', async (tile) => {
    for (const t of made) {
      const plan = lower(t.program)
      const byTile = tiled(plan, tile)
      checkPlan(byTile)
      const outs = t.program.outputs.map((a) => a.aval)
      const ins = await inputsOf(t)
      expect(await runPlan(byTile, ins, outs)).toEqual(await runPlan(plan, ins, outs))
    }
  })

  test('keeps spikes and currents of a chunk in memory of the tile', () => {
    for (const t of made) {
      const plan = lower(t.program)
      const { growth } = bandOf(plan)
      for (const [i, slot] of plan.slots.entries())
        if (slot.size >= STEPS * BATCH * OUT && slot.kind === 'temporary') expect([...growth.runs.keys()]).toContain(i)
    }
  })

  test('is no band where a step of it folds the batch', () => {
    const mean = (x: Tensor): Tensor => {
      const [end] = s.scan(
        (c: Tensor): [Tensor, Tensor[]] => [s.add(s.matmul(c, x), s.mean(c, 0)), []],
        s.zeros([BATCH, IN]),
        null,
        { length: 3 },
      )
      return s.sum(end)
    }
    const plan = lower(traced(mean, s.zeros([IN, IN])).program)
    expect(() => bandOf(plan)).toThrow('no band')
  })
})

test('a batch that divides the number of neurons is told from them by the rows of products', () => {
  const kernel: Step = {
    kind: 'kernel',
    kernel: {
      name: 'biased',
      space: [4, 8],
      time: null,
      reduce: [],
      loads: [
        { dtype: 'f32', offset: 0, strides: [8, 1] },
        { dtype: 'f32', offset: 0, strides: [0, 1] },
      ],
      nodes: [
        { op: 'load', dtype: 'f32', operand: 0 },
        { op: 'load', dtype: 'f32', operand: 1 },
        { op: 'add', dtype: 'f32', args: [0, 1] },
      ],
      carries: [],
      stores: [{ dtype: 'f32', offset: 0, strides: [8, 1], node: 2, when: 'each', reduce: null }],
    },
    loads: [0, 1].map((slot) => ({ slot, offset: 0, advance: [] })),
    stores: [{ slot: 2, offset: 0, advance: [] }],
  }
  expect(localityOf(kernel, 4, every)).toMatchObject({ axis: 1 })
  expect(localityOf(kernel, 4, every, new Map([[0, 8]]))).toMatchObject({ axis: 0 })
})

test('a tile is even where one of at least half the size is, and its rest is never too small', () => {
  expect(evenTile(96, 20, 4)).toBe(16)
  expect(evenTile(101, 7, 4)).toBe(8)
  expect(evenTile(101, 8, 1)).toBe(8)
  expect(evenTile(5, 8, 1)).toBe(5)
})
