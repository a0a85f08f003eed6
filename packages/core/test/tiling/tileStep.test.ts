import { describe, expect, test } from 'vitest'
import * as s from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { bytesOf } from '../../src/tensor/dtype.js'
import { findCandidate, type FusionCandidate } from '../../src/tiling/fusionCandidate.js'
import { layOutScratch } from '../../src/tiling/layOutScratch.js'
import { partitionSizes } from '../../src/tiling/partitionSizes.js'
import { partitionStep, type PartitionedStep } from '../../src/tiling/partitionStep.js'
import { countAccesses } from '../../src/tiling/slotStates.js'
import { lower } from '../../src/lower/lower.js'
import type { Operand, Plan, Slot, Step } from '../../src/plan/plan.js'
import { hasTileStep, tileStep, type Tiling } from '../../src/tiling/tileStep.js'
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

const always = (): boolean => true

/** The longest candidate with a loop in it that starts at any step of the plan. */
function candidateOf(plan: Plan): { candidate: FusionCandidate<PartitionedStep>; from: number } {
  const accesses = countAccesses(plan.steps)
  const rules = {
    partition: (step: Step, n: number) => partitionStep(step, n, { isRowwise: always }),
    fits: always,
    canTile: hasTileStep,
    separatesAliases: true,
  }
  for (const from of plan.steps.keys()) {
    const steps = plan.steps.slice(from)
    for (const size of partitionSizes(steps, 1)) {
      const candidate = size === BATCH ? findCandidate({ plan, steps, depth: 0, accesses }, size, rules) : null
      if (candidate?.steps.some((l) => l.kind === 'loop') === true) return { candidate, from }
    }
  }
  throw new Error('no candidate')
}

/** The step in iteration `iteration` of the outermost loop. */
const atIteration = (iteration: number, step: Step): Step => {
  const fixed = ({ advance: [by = 0, ...rest], ...o }: Operand): Operand => ({
    ...o,
    offset: o.offset + iteration * by,
    advance: rest,
  })
  switch (step.kind) {
    case 'loop':
      return { ...step, steps: step.steps.map((x) => atIteration(iteration, x)) }
    case 'kernel':
      return { ...step, loads: step.loads.map(fixed), stores: step.stores.map(fixed) }
    case 'routine':
      return { ...step, ins: step.ins.map(fixed), outs: step.outs.map(fixed) }
  }
}

/** The plan with its candidate as a loop over tiles, of which the last may be shorter; no slots alias. */
function tiled(plan: Plan, tileRows: number): Plan {
  const { candidate, from } = candidateOf(plan)
  const { partitionSize, rowExtents } = candidate
  const tiling: Tiling = { partitionSize, tileRows, rowExtents, depth: 0 }
  const { spans } = layOutScratch(plan.slots, tiling)
  let workspace = 0
  const slots = plan.slots.map((slot, i): Slot => {
    if (slot.kind !== 'temporary') return slot
    const part = spans.get(i)
    const size = part === undefined ? slot.size : (part.to - part.from) / bytesOf(slot.dtype)
    const placed: Slot = { ...slot, size, byteOffset: workspace }
    workspace += Math.ceil((size * bytesOf(slot.dtype)) / 64) * 64
    return placed
  })
  const [whole, rest] = [Math.floor(partitionSize / tileRows), partitionSize % tileRows]
  const steps: Step[] = [
    ...plan.steps.slice(0, from),
    { kind: 'loop', length: whole, steps: candidate.steps.map((s) => tileStep(s, tiling, tileRows)) },
    ...(rest === 0 ? [] : candidate.steps.map((s) => atIteration(whole, tileStep(s, tiling, rest)))),
    ...plan.steps.slice(from + candidate.steps.length),
  ]
  return { ...plan, slots, workspace, steps }
}

describe('a loop over chunks of time, tile by tile of the batch', () => {
  const made = [
    traced(chunks, s.zeros([BATCH, IN]), s.zeros([IN, OUT]), s.zeros([OUT])),
    traced(sloped, s.zeros([BATCH, IN]), s.zeros([IN, OUT]), s.zeros([OUT]), s.zeros([IN, OUT])),
  ]

  test.each([1, 2, 3, 5, 10])('computes the values of the whole batch: %i rows a tile', async (tileRows) => {
    for (const t of made) {
      const plan = lower(t.program)
      const byTile = tiled(plan, tileRows)
      checkPlan(byTile)
      const outs = t.program.outputs.map((a) => a.aval)
      const ins = await inputsOf(t)
      expect(await runPlan(byTile, ins, outs)).toEqual(await runPlan(plan, ins, outs))
    }
  })

  test('makes the spikes and currents of a chunk tile-local', () => {
    for (const t of made) {
      const plan = lower(t.program)
      const { candidate } = candidateOf(plan)
      for (const [i, slot] of plan.slots.entries())
        if (slot.size >= STEPS * BATCH * OUT && slot.kind === 'temporary')
          expect([...candidate.rowExtents.keys()]).toContain(i)
    }
  })

  test('is not fused if one of its steps reduces over the batch', () => {
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
    expect(() => candidateOf(plan)).toThrow('no candidate')
  })
})
