import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { add, jit, mul, tensor, type Backend } from '@spikeward/core'
import { beforeEach, expect, test } from 'vitest'
import { native } from '../../src/index.js'
import { instructionSets, reason } from '../setup.js'

beforeEach((context) => context.skip(instructionSets.length === 0, reason))

/** The garbage collector, for tests of what stays reachable. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

/** Makes a backend, computes on it and disposes of it. */
async function used(): Promise<WeakRef<Backend>> {
  const backend = await native({ threads: 1 })
  const x = tensor([1, 2, 3], { backend })
  const f = jit((v: typeof x) => add(mul(v, v), 1))
  const y = f(x)
  await y.data()
  for (const t of [x, y]) t.dispose()
  f.dispose()
  expect(backend.stats().liveBuffers).toBe(0)
  await backend[Symbol.asyncDispose]()
  return new WeakRef(backend)
}

// Resident memory once grew over thousands of backends, all of it in the heap of JavaScript: nothing may keep a
// disposed backend reachable.
test('a disposed backend is not reachable', async () => {
  const collect = collector()
  const made: WeakRef<Backend>[] = []
  for (let i = 0; i < 100; i++) made.push(await used())
  const kept = (): number => made.filter((ref) => ref.deref() !== undefined).length
  await expect
    .poll(() => {
      collect()
      return kept()
    })
    // The last one may still be in a register or on the stack.
    .toBeLessThanOrEqual(1)
})
