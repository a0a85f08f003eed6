/**
 * A process that does a number of tries per request for ever, and reports its memory: see memory.ts.
 *
 *     node --expose-gc grower.js <cpu | native | backends> <key>
 */
import { native } from '@spikeward/backend-native'
import { add, jit, mul, tensor } from '@spikeward/core'
import { adam } from '@spikeward/optim'
import { fit } from '@spikeward/train'
import { type Memory, EVERY } from './memory.js'
import { smallTraining } from './smallTraining.js'

const [name = 'native', key = '0'] = process.argv.slice(2)

function memory(): Pick<Memory, 'rss' | 'heapUsed'> {
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  return { rss, heapUsed }
}

/** Makes backends, each with a compiled function, and disposes of all they made. */
async function makeBackends(count: number): Promise<Memory> {
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
  return memory()
}

/** Trains one run, a number of steps per call, with metrics, validations and checkpoints. */
async function trainer(): Promise<(count: number) => Promise<Memory>> {
  const training = await smallTraining(name, Number(key))
  const events = fit({
    ...training,
    optimizer: adam(1e-5),
    steps: Number.MAX_SAFE_INTEGER,
    ...{ every: EVERY, validateEvery: EVERY, checkpointEvery: EVERY },
  })[Symbol.asyncIterator]()
  return async (count) => {
    for (let left = count; left > 0; ) {
      const { value, done } = await events.next()
      if (done === true) throw new Error('training ended')
      if (value.type === 'checkpoint') left -= EVERY
    }
    const { liveBytes, peakBytes } = training.backend.stats()
    return { ...memory(), liveBytes, peakBytes }
  }
}

const advance = name === 'backends' ? makeBackends : await trainer()
process.on('message', (count: number) => {
  advance(count).then(
    (reached) => process.send?.(reached),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.send?.('ready')
