/** A process that trains endlessly, a number of steps per request, and reports its memory: see steps.ts. */
import { cpu } from '@spikeward/backend-cpu'
import { native } from '@spikeward/backend-native'
import { rfg } from '@spikeward/estimators'
import { adam } from '@spikeward/optim'
import { fit } from '@spikeward/train'
import { smallProblem } from './smallProblem.js'
import type { Advanced } from './steps.js'

const [name = 'native', key = '0', resolution = '10000'] = process.argv.slice(2)
const backend = await (name === 'cpu' ? cpu({ threads: 1 }) : native({ threads: 1 }))
const every = Number(resolution)
const events = fit({
  ...smallProblem(),
  estimator: rfg({ directions: 2 }),
  optimizer: adam(1e-5),
  backend,
  key: Number(key),
  steps: Number.MAX_SAFE_INTEGER,
  every,
  validateEvery: every,
  checkpointEvery: every,
})[Symbol.asyncIterator]()

/** Trains until `count` more steps are done. */
async function advance(count: number): Promise<Advanced> {
  let left = count
  let step = 0
  while (left > 0) {
    const { value, done } = await events.next()
    if (done === true) throw new Error('training ended')
    if (value.type === 'checkpoint') {
      step = value.step
      left -= every
    }
  }
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  const { liveBytes, peakBytes } = backend.stats()
  return { step, rss, heapUsed, external, liveBytes, peakBytes }
}

process.on('message', (count: number) => {
  advance(count).then(
    (advanced) => process.send?.(advanced),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.send?.('ready')
