import { describe, expect, it } from 'vitest'
import {
  broadcastTo,
  concatenate,
  jit,
  key,
  mul,
  printProgram,
  slice,
  sum,
  tensor,
  trace,
  uniform,
  vmap,
} from '@spikeward/core'
import type { Shape, Tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, restState, spike, unroll } from '../src/index.js'

const model = leakyIntegrateAndFire()
const fire = spike(atan())
const x = uniform(key(1), [3, 4], { min: 0, max: 0.7 })
const numbers = async (t: Tensor): Promise<number[]> => [...(await t.data())]

describe('unroll', () => {
  it('gives a constant current the same as that current at every step', async () => {
    const state = model.rest(x.shape)
    const constant = unroll(model, {}, state, x, { steps: 12 }, fire)
    const repeated = unroll(model, {}, state, broadcastTo(x, [12, 3, 4]), {}, fire)
    expect(constant.outputs.shape).toEqual([12, 3, 4])
    expect(await numbers(constant.outputs)).toEqual(await numbers(repeated.outputs))
    expect(await numbers(constant.state.membrane)).toEqual(await numbers(repeated.state.membrane))
    expect(await sum(constant.outputs).item()).toBeGreaterThan(10)
  })

  it('continues from the state that it returned', async () => {
    const whole = unroll(model, {}, model.rest(x.shape), x, { steps: 12 }, fire)
    const first = unroll(model, {}, model.rest(x.shape), x, { steps: 5 }, fire)
    const second = unroll(model, {}, first.state, x, { steps: 7 }, fire)
    expect(await numbers(concatenate([first.outputs, second.outputs]))).toEqual(await numbers(whole.outputs))
    expect(await numbers(second.state.membrane)).toEqual(await numbers(whole.state.membrane))
  })

  it('never expands a constant current over time', () => {
    const run = (current: Tensor): Tensor => unroll(model, {}, model.rest([3, 4]), current, { steps: 12 }, fire).outputs
    const text = printProgram(trace(run, x).program)
    expect(text).toContain('[12,3,4]*')
    expect(text.replaceAll('[12,3,4]*', '')).not.toContain('[12,')
  })

  it('gives outputs that are known to be binary', () => {
    expect(unroll(model, {}, model.rest(x.shape), x, { steps: 3 }, fire).outputs.aval.binary).toBe(true)
  })

  it('is the same under jit and vmap', async () => {
    const run = (current: Tensor): Tensor => unroll(model, {}, model.rest([4]), current, { steps: 9 }, fire).outputs
    const expected = unroll(model, {}, model.rest([3, 4]), x, { steps: 9 }, fire).outputs
    const byBatch = vmap(run)(x)
    expect(byBatch.shape).toEqual([3, 9, 4])
    for (let b = 0; b < 3; b++) {
      const one = slice(byBatch, [b, 0, 0], [b + 1, 9, 4])
      const same = slice(expected, [0, b, 0], [9, b + 1, 4])
      expect(await numbers(one)).toEqual(await numbers(same))
    }
    expect(await numbers(jit(vmap(run))(x))).toEqual(await numbers(byBatch))
  })

  it('starts from a rest state in the dtype asked for, exactly', async () => {
    const low = leakyIntegrateAndFire({ initialMembrane: -0.1 })
    expect(await low.rest([1], 'f64').membrane.item()).toBe(-0.1)
    expect(await low.rest([1]).membrane.item()).toBe(Math.fround(-0.1))
    expect(await restState(low, [1], 'f64').membrane.item()).toBe(-0.1)
    const ignorant = { ...low, rest: (shape: Shape) => low.rest(shape) }
    expect(restState(ignorant, [2], 'f64').membrane.dtype).toBe('f64')
  })

  it.each([
    ['no steps and a scalar', () => unroll(model, {}, model.rest([]), tensor(1), {}, fire), 'SHAPE_MISMATCH'],
    ['half a step', () => unroll(model, {}, model.rest([3, 4]), x, { steps: 0.5 }, fire), 'INVALID_OPTION'],
    ['no step', () => unroll(model, {}, model.rest([3, 4]), x, { steps: 0 }, fire), 'INVALID_OPTION'],
    [
      'a current for every step where one is held',
      () => unroll(model, {}, model.rest([3, 4]), broadcastTo(mul(x, 1), [5, 3, 4]), { steps: 5 }, fire),
      'SCAN_CARRY_MISMATCH',
    ],
  ] as const)('refuses %s', (_title, run, code) => {
    expect(run).toThrow(expect.objectContaining({ code }) as Error)
  })
})
