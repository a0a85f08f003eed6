import { describe, expect, it } from 'vitest'
import type { Access, Kernel } from '../../src/plan/kernel.js'
import type { Operand, Plan, Slot } from '../../src/plan/plan.js'
import { checkAliases } from '../../src/backendKit/checkAliases.js'
import { checkPlan } from '../../src/backendKit/checkPlan.js'

const access = (strides: readonly number[], offset = 0): Access => ({ dtype: 'f32', offset, strides })
const at = (slot: number, offset = 0): Operand => ({ slot, offset, advance: [] })
const slots: readonly Slot[] = [
  { kind: 'input', index: 0, dtype: 'f32', size: 4 },
  { kind: 'output', index: 0, dtype: 'f32', size: 4 },
]

interface Change {
  kernel?: Partial<Kernel>
  plan?: Partial<Plan>
  load?: Operand
  store?: Operand
  storeAccess?: Access
}

function copyPlan({
  kernel = {},
  plan = {},
  load = at(0),
  store = at(1),
  storeAccess = access([1]),
}: Change = {}): Plan {
  const copy: Kernel = {
    name: 'copy',
    space: [4],
    time: null,
    reduce: [],
    carries: [],
    loads: [access([1])],
    nodes: [
      { op: 'load', dtype: 'f32', operand: 0 },
      { op: 'neg', dtype: 'f32', args: [0] },
    ],
    stores: [{ ...storeAccess, node: 1, when: 'each', reduce: null }],
    ...kernel,
  }
  return {
    slots,
    inputs: 1,
    outputs: 1,
    donations: [null],
    workspace: 0,
    steps: [{ kind: 'kernel', kernel: copy, loads: [load], stores: [store] }],
    ...plan,
  }
}

describe('checkPlan', () => {
  it('refuses a product of windows unless the backend reads them in place', () => {
    const windows = {
      m: [[2, 1]],
      k: [[3, 1]],
    } as const
    const b = { batch: 0, k: 1, n: 1 }
    const product = { kind: 'dot', dtype: 'f32', batch: 1, m: 2, n: 1, k: 3, binary: false, b } as const
    const routine = { ...product, a: { batch: 0, m: 0, k: 0 }, windows }
    const plan = copyPlan({ plan: { steps: [{ kind: 'routine', routine, ins: [at(0), at(0)], outs: [at(1)] }] } })
    expect(() => checkPlan(plan)).toThrow(/a product of windows for a backend without the capability/)
    expect(() => checkPlan(plan, { windows: true })).not.toThrow()
    const long = { ...routine, windows: { ...windows, m: [[2, 2]] as const } }
    const outside = copyPlan({
      plan: { steps: [{ kind: 'routine', routine: long, ins: [at(0), at(0)], outs: [at(1)] }] },
    })
    expect(() => checkPlan(outside, { windows: true })).toThrow(/elements 0 … 4 of slot 0, which has 4/)
  })

  it('accepts a well-formed plan', () => expect(() => checkPlan(copyPlan())).not.toThrow())

  it.each<[string, Change, RegExp]>([
    ['an access past the end', { storeAccess: access([1], 1) }, /elements 1 … 4 of slot 1, which has 4/],
    ['an access before the start', { storeAccess: access([-1], 2) }, /elements -1 … 2/],
    [
      'a start state past the end, even of no steps',
      { load: at(0, 4), kernel: { space: [0], time: 0, loads: [access([0])] } },
      /elements 4 … 4 of slot 0/,
    ],
    ['a missing slot', { load: at(7) }, /slot 7 of 2/],
    [
      'a node that reads ahead',
      {
        kernel: {
          nodes: [
            { op: 'neg', dtype: 'f32', args: [1] },
            { op: 'load', dtype: 'f32', operand: 0 },
          ],
        },
      },
      /reads node 1/,
    ],
    [
      'a load of another dtype',
      {
        kernel: {
          nodes: [
            { op: 'load', dtype: 'i32', operand: 0 },
            { op: 'neg', dtype: 'f32', args: [0] },
          ],
        },
      },
      /loads i32/,
    ],
    ['a fold through time', { kernel: { time: 0, reduce: [0] } }, /time axis together with reduced/],
    [
      'a temporary off its alignment',
      { plan: { workspace: 64, slots: [...slots, { kind: 'temporary', byteOffset: 4, dtype: 'f32', size: 1 }] } },
      /multiple of 64/,
    ],
    [
      'a temporary past the workspace',
      { plan: { workspace: 64, slots: [...slots, { kind: 'temporary', byteOffset: 64, dtype: 'f32', size: 1 }] } },
      /ends at byte 68/,
    ],
  ])('refuses %s', (_, change, message) => expect(() => checkPlan(copyPlan(change))).toThrow(message))
})

describe('checkAliases', () => {
  const donated = { donations: [0] } as const

  it('accepts an update in place', () => expect(() => checkAliases(copyPlan({ plan: donated }))).not.toThrow())

  it('refuses to read memory that is overwritten through another access', () =>
    expect(() => checkAliases(copyPlan({ plan: donated, storeAccess: access([-1], 3) }))).toThrow(
      /overwrites operand 0/,
    ))

  it('refuses an update in place that several points share', () =>
    expect(() =>
      checkAliases(copyPlan({ plan: donated, kernel: { loads: [access([0])] }, storeAccess: access([0]) })),
    ).toThrow(/overwrites operand 0/))

  it('refuses to read an input after a donated output overwrote it', () => {
    const first = copyPlan({ plan: donated })
    expect(() => checkAliases({ ...first, steps: [...first.steps, ...first.steps] })).toThrow(
      /donated output has overwritten/,
    )
  })
})
