/**
 * A process that makes and disposes of a requested number of native backends, and reports its heap: see backends.ts.
 */
import { native } from '@spikeward/backend-native'
import { add, jit, mul, tensor } from '@spikeward/core'
import type { Disposed } from './backends.js'

/** Makes backends, each with a compiled function, and disposes of all they made. */
async function dispose(count: number): Promise<Disposed> {
  for (let i = 0; i < count; i++) {
    const backend = await native({ threads: 1 })
    const x = tensor([1, 2, 3], { backend })
    const f = jit((v: typeof x) => add(mul(v, v), 1))
    const y = f(x)
    await y.data()
    for (const t of [x, y]) t.dispose()
    f.dispose()
    await backend[Symbol.asyncDispose]()
  }
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  return { heapUsed, rss }
}

process.on('message', (count: number) => {
  dispose(count).then(
    (disposed) => process.send?.(disposed),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.send?.('ready')
