/**
 * Dense and event-driven products: `node bench/products.mjs [threads]` (after `npm run build`). GFLOP/s count the 2 m n
 * k operations of a dense product, although products with spikes skip most of them.
 */
import { cpu } from '@spikeward/backend-cpu'
import { dotPlan, prepare, spikes, timed, uniform } from './timing.mjs'

const threads = Number(process.argv[2] ?? 1)
const backend = await cpu({ threads })
console.log(`cpu, ${threads} thread(s), ${backend.capabilities.features.join(', ')}`)

const line = async (name, plan, fill) => {
  const p = prepare(backend, plan, fill)
  const ms = await timed(p.run)
  console.log(
    `${name.padEnd(44)} ${ms.toFixed(3).padStart(9)} ms ${(p.executable.flops / ms / 1e6).toFixed(1).padStart(8)} GFLOP/s`,
  )
  p.executable.dispose()
  for (const b of [...p.ins, ...p.outs]) backend.free(b)
}
for (const [m, n, k] of [
  [1024, 128, 128],
  [16384, 128, 128],
  [512, 512, 512],
  [16384, 128, 2],
  [16384, 1, 128],
  [1, 512, 512],
  [100, 37, 53],
  [1024, 1024, 1024],
]) {
  await line(`dense ${m}×${n}×${k}`, dotPlan(m, n, k), (_, size) => uniform(size))
}
await line('dense, Aᵀ stored: 128×128×16384', dotPlan(128, 128, 16384, { transposedA: true }), (_, size) =>
  uniform(size),
)
await line('dense, batch 8 of 2048×128×128', dotPlan(2048, 128, 128, { batch: 8 }), (_, size) => uniform(size))
for (const density of [0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1]) {
  await line(`spikes 16384×128×128, density ${density}`, dotPlan(16384, 128, 128, { binary: true }), (i, size) =>
    i === 0 ? spikes(density)(size) : uniform(size),
  )
}
await line(
  'spikes, Aᵀ stored: 128×128×16384, density 0.35',
  dotPlan(128, 128, 16384, { binary: true, transposedA: true }),
  (i, size) => (i === 0 ? spikes(0.35)(size) : uniform(size)),
)
await line(
  'spikes shared by a batch of 8: 16384×128×128, 0.1',
  dotPlan(16384, 128, 128, { binary: true, batch: 8, sharedA: true }),
  (i, size) => (i === 0 ? spikes(0.1)(size) : uniform(size)),
)
await backend[Symbol.asyncDispose]()
