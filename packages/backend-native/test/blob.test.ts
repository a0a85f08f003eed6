import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { arbitraryKernel } from '@spikeward/testkit'
import { loadAddon } from '../src/addon.js'
import type { Kernel, Plan, Slot } from '@spikeward/core/backend'
import { networkPlan } from './cases.js'
import { encoded, instructionSets, reason } from './setup.js'

beforeEach((context) => context.skip(instructionSets.length === 0, reason))

/** Numbers that are wrong almost everywhere. */
const strange = fc.oneof(
  fc.constantFrom(
    0,
    1,
    -1,
    2,
    3,
    0.5,
    NaN,
    Infinity,
    -Infinity,
    2 ** 31,
    -(2 ** 31),
    2 ** 32,
    2 ** 53,
    -(2 ** 53),
    1e300,
    64,
    63,
    40,
  ),
  fc.integer({ min: -5, max: 300 }),
)
const mutations = fc.array(fc.tuple(fc.nat(), strange, fc.constantFrom('set', 'add', 'cut', 'insert')), {
  minLength: 1,
  maxLength: 4,
})

function mutate(blob: Float64Array, changes: readonly (readonly [number, number, string])[]): Float64Array {
  const fields = [...blob]
  for (const [where, value, how] of changes) {
    const at = where % fields.length
    if (how === 'set') fields[at] = value
    else if (how === 'add') fields[at]! += Math.sign(value) || 1
    else if (how === 'cut') fields.splice(at, 1)
    else fields.splice(at, 0, value)
    if (fields.length === 0) break
  }
  return Float64Array.from(fields)
}

/** A plan of one kernel whose accesses all lie in slots of 5000 elements. */
function planOf(kernel: Kernel): Plan {
  const slots = [...kernel.loads, ...kernel.stores].map((a, i): Slot => {
    const input = i < kernel.loads.length
    return { kind: input ? 'input' : 'output', index: input ? i : i - kernel.loads.length, dtype: a.dtype, size: 50000 }
  })
  const operands = slots.map((_, slot) => ({ slot, offset: 0, advance: [] }))
  return {
    slots,
    inputs: kernel.loads.length,
    outputs: kernel.stores.length,
    donations: kernel.stores.map(() => null),
    workspace: 0,
    steps: [
      {
        kind: 'kernel',
        kernel,
        loads: operands.slice(0, kernel.loads.length),
        stores: operands.slice(kernel.loads.length),
      },
    ],
  }
}

/**
 * Compiles and runs a blob on memory as large as its original plan requires. Returns the code of the error, or null.
 */
function attempt(plan: Plan, blob: Float64Array): string | null {
  const core = new (loadAddon().NativeBackend)(1, 'auto')
  try {
    const { id, work } = core.compile(blob)
    if (work > 1e7) return null
    const sizes = new Map(
      plan.slots.flatMap((s) => (s.kind === 'temporary' ? [] : [[`${s.kind} ${s.index}`, s.size * 8] as const])),
    )
    core.run(
      id,
      Float64Array.from(sizes.values(), (bytes) => core.allocate(bytes)),
    )
    return null
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'no code'
  } finally {
    core.dispose()
  }
}

const codes = ['INVALID_PLAN', 'OUT_OF_MEMORY', 'BUFFER_TOO_SMALL', 'INVALID_ARGUMENTS']
const numRuns = Number(process.env['SPIKEWARD_RUNS'] ?? 1000)

test('a plan that is well formed is accepted', () => {
  const plan = networkPlan(5, 7, 9, 3, 2)
  expect(attempt(plan, encoded(plan))).toBe(null)
})

const plans = [
  ['unfused', networkPlan(5, 7, 9, 3, 2), 'off'],
  // A last tile with fewer rows, and rows of several time steps in one product.
  ['with tile-fused groups', networkPlan(50, 17, 18, 3, 2, false), 'always'],
] as const

test.each(plans)('mutated plans, %s, are refused by a coded error or run, and never crash', (_, plan, mode) => {
  const blob = encoded(plan, mode)
  if (mode === 'always') expect(blob.length).toBeGreaterThan(encoded(plan).length)
  expect(attempt(plan, blob)).toBe(null)
  let refused = 0
  fc.assert(
    fc.property(mutations, (changes) => {
      const code = attempt(plan, mutate(blob, changes))
      if (code !== null) {
        refused++
        expect(codes).toContain(code)
      }
    }),
    { numRuns, seed: 1 },
  )
  expect(refused).toBeGreaterThan(numRuns / 2)
})

test('mutated kernels are refused by a coded error or run, and never crash', () => {
  fc.assert(
    fc.property(arbitraryKernel({ float: 'f32', approximate: true }), mutations, ({ kernel }, changes) => {
      const plan = planOf(kernel)
      const code = attempt(plan, mutate(encoded(plan), changes))
      if (code !== null) expect(codes).toContain(code)
    }),
    { numRuns, seed: 2 },
  )
})
