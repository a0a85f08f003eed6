import { it } from 'vitest'
import * as s from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { lower } from '../../src/plan/lower.js'
it('big', () => {
  for (const n of [50, 100, 200]) {
    const t = s.trace((x: Tensor, y: Tensor) => {
      let a = x
      for (let i = 0; i < n; i++) a = s.add(s.mul(a, y), i)
      return a
    }, s.zeros([8, 16]), s.zeros([8, 16]))
    const t0 = performance.now()
    lower(t.program)
    const t1 = performance.now()
    const u = s.trace((x: Tensor, w: Tensor) => {
      let a = x
      for (let i = 0; i < n / 2; i++) a = s.tanh(s.add(s.matmul(a, w), x))
      return a
    }, s.zeros([8, 16]), s.zeros([16, 16]))
    const t2 = performance.now()
    lower(u.program)
    console.log(n, 'chain', t1 - t0, 'rnn', performance.now() - t2)
  }
})
