import {
  add,
  customJvp,
  exp,
  greater,
  jit,
  jvp,
  key,
  cast,
  mean,
  mul,
  neg,
  normal,
  scan,
  square,
  sub,
  sum,
  vmap,
  zeros,
} from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'

// A spike: a step whose derivative is a Gaussian bump.
const step = (u: Tensor) => cast(greater(u, 0), 'f32')
const spike = customJvp(step, ([u], [du]) => [step(u!), mul(du!, exp(neg(square(u!))))])

// Neurons under a constant current for 32 time steps: one kernel, with the state in registers.
const rates = (current: Tensor) => {
  const [, spikes] = scan(
    (u: Tensor) => {
      const charged = add(mul(0.9, u), current)
      const s = spike(sub(charged, 1))
      return [sub(charged, s), s] as const
    },
    zeros(current.shape),
    null,
    { length: 32 },
  )
  return mean(spikes, 0)
}

// Eight random directions at once; the primal is computed once, nothing is stored per step.
const loss = (w: Tensor) => sum(square(sub(rates(w), 0.3)))
const estimate = jit((w: Tensor, k: Key) => {
  const directions = normal(k, [8, ...w.shape])
  const slopes = vmap((v: Tensor) => jvp(loss, [w], [v])[1])(directions)
  return mean(vmap((s: Tensor, v: Tensor) => mul(s, v))(slopes, directions), 0)
})
console.log(await estimate(normal(key(0), [5]), key(1)).data())
