import { referenceBackend, type Plan, type TypedArray } from '@spikeward/core/backend'
import { runPlan } from './plans.js'

/** The outputs of a plan on the reference backend. */
export type RunReference = (plan: Plan, ins: readonly TypedArray[]) => Promise<readonly TypedArray[]>

/** The cache holds at most this number of elements; later outputs are computed on each call. */
const MAX_ELEMENTS = 1 << 23

/**
 * The reference backend with a cache of its outputs, for a process that tests several backends: most of their plans are
 * the same, and the reference is the slowest backend.
 *
 * @example
 * const reference = rememberedReference()
 * describeBackend('one thread', () => cpu({ threads: 1 }), { reference })
 * describeBackend('two threads', () => cpu({ threads: 2 }), { reference })
 */
export function rememberedReference(): RunReference {
  const backend = referenceBackend()
  const known = new Map<string, readonly TypedArray[]>()
  let elements = 0
  return async (plan, ins) => {
    const name = `${textOf(plan)} ${ins.map(digest).join(' ')}`
    const reference = known.get(name)
    if (reference !== undefined) return reference
    const outputs = await runPlan(backend, plan, ins)
    const size = outputs.reduce((n, { length }) => n + length, 0)
    if (elements + size <= MAX_ELEMENTS) {
      known.set(name, outputs)
      elements += size
    }
    return outputs
  }
}

/** A plan as text. JSON alone has no −0, no infinity and no NaN. */
const textOf = (plan: Plan): string =>
  JSON.stringify(plan, (_, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? `number ${1 / value} ${value}`
      : value,
  )

/** The type, the length and 64 mixed bits of an array. */
function digest(array: TypedArray): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  let [a, b] = [0x9e3779b9, 0x243f6a88]
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul((b << 5) | (b >>> 27), 0x2c1b3c6d) ^ byte
  }
  return `${array.constructor.name} ${array.length} ${a >>> 0} ${b >>> 0}`
}
