import { SpikewardError, routines, type Backend, type Plan, type Slot, type Step } from '@spikeward/core/backend'
import { ensure, type Check } from '../check.js'
import { access, kernel, kernelPlan, operand, planOf, store } from './plans.js'
import type { BackendUnderTest } from './backendUnderTest.js'

/** A scan with a carry, a select and a comparison, and both kinds of stores. */
const scan = kernelPlan(
  kernel({
    space: [3, 4],
    time: 1,
    loads: [access('f32', [4, 1])],
    nodes: [
      { op: 'const', dtype: 'f32', value: 0.5 },
      { op: 'load', dtype: 'f32', operand: 0 },
      { op: 'carry', dtype: 'f32', carry: 0 },
      { op: 'add', dtype: 'f32', args: [1, 2] },
      { op: 'lt', dtype: 'bool', args: [3, 0] },
      { op: 'select', dtype: 'f32', args: [4, 3, 0] },
      { op: 'final', dtype: 'f32', carry: 0 },
      { op: 'index', dtype: 'i32', axis: 0 },
    ],
    carries: [{ dtype: 'f32', init: 0, next: 5 }],
    stores: [store('f32', [4, 1], 5), store('f32', [1, 0], 6, { when: 'once' })],
  }),
)

/** A sum over one axis. */
const fold = kernelPlan(
  kernel({
    space: [2, 5],
    reduce: [1],
    loads: [access('f32', [5, 1])],
    nodes: [
      { op: 'load', dtype: 'f32', operand: 0 },
      { op: 'neg', dtype: 'f32', args: [0] },
    ],
    stores: [store('f32', [1, 0], 1, { reduce: 'sum' })],
  }),
)

/** The example of every routine in a loop, with operands of their own. */
const everyRoutine: Plan = (() => {
  const slots: Slot[] = []
  let inputs = 0
  let outputs = 0
  const steps = Object.values(routines).map(({ example, spans }): Step => {
    const operands = spans(example).map(({ dtype, lengths }, i, all) => {
      const size = lengths.reduce((n, d) => n * d, 2)
      slots.push(
        i < all.length - 1
          ? { kind: 'input', index: inputs++, dtype, size }
          : { kind: 'output', index: outputs++, dtype, size },
      )
      return operand(slots.length - 1, 0, [size / 2])
    })
    return { kind: 'routine', routine: example, ins: operands.slice(0, -1), outs: operands.slice(-1) }
  })
  return planOf(slots, [{ kind: 'loop', length: 2, steps }])
})()

/** Invalid values of a field. */
const WRONG: readonly unknown[] = [undefined, null, -1, 0.5, NaN, 7, 2 ** 50, 1e300, 'x', true, [], {}, [null], () => 0]

/** Values that are no plans. */
const NOT_PLANS: readonly unknown[] = [...WRONG, { slots: [] }, { ...scan, steps: undefined }]

/** Copies of a value in which one field, at any depth, is wrong or missing. */
function* malformedCopies(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const withItem = (item: unknown): unknown[] => value.map((v: unknown, j) => (j === i ? item : v))
      for (const wrong of WRONG) yield withItem(wrong)
      for (const inner of malformedCopies(value[i])) yield withItem(inner)
    }
    yield [...(value as unknown[]), ...(value as unknown[])]
    yield value.slice(1)
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, field] of Object.entries(value)) {
    for (const wrong of WRONG) yield { ...value, [name]: wrong }
    for (const inner of malformedCopies(field)) yield { ...value, [name]: inner }
  }
}

/** The outcomes of the malformed calls. */
export type MalformedCalls = { readonly calls: number; readonly refused: number; readonly raw: readonly string[] }

/** Compiles every malformed plan. `raw`: errors without a code. */
export function compileMalformed(backend: Backend): MalformedCalls {
  const raw: string[] = []
  let calls = 0
  let refused = 0
  const attempt = (value: unknown): void => {
    calls++
    try {
      backend.compile(value as Plan).dispose()
    } catch (error) {
      refused++
      if (!(error instanceof SpikewardError)) raw.push(`${String(error)} for ${JSON.stringify(value)?.slice(0, 300)}`)
    }
  }
  for (const value of NOT_PLANS) attempt(value)
  for (const plan of [scan, fold, everyRoutine]) for (const value of malformedCopies(plan)) attempt(value)
  return { calls, refused, raw }
}

/** Malformed calls of `compile`: each must be refused with a code, unless the altered plan is still valid. */
export function malformedChecks(): Check<BackendUnderTest>[] {
  return [
    {
      group: 'malformed plans',
      name: 'plans with a wrong or missing field, one for each field: errors have codes',
      run({ backend }) {
        const { raw, calls, refused } = compileMalformed(backend)
        ensure(calls > 4000, () => `only ${calls} malformed plans were generated`)
        ensure(refused > 0, () => `none of ${calls} malformed plans was refused`)
        ensure(
          raw.length === 0,
          () => `${raw.length} of ${calls} calls threw an error without a code, the first: ${raw[0]}`,
        )
      },
    },
  ]
}
