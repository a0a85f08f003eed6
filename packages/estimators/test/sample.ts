import { cpu } from '@spikeward/backend-cpu'
import { type Key, type Tree, jit } from '@spikeward/core'

/** The backend that draws many samples: the reference backend takes ten times as long. */
export const sampler = await cpu({ threads: 1 })

/** The result of a function of a key on that backend, as one compiled function. */
export function sample<R extends Tree>(draw: (base: Key) => R, base: Key): R {
  const run = jit(draw, { backend: sampler })
  const result = run(base)
  run.dispose()
  return result
}
