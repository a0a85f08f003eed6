import { describe, expect, it } from 'vitest'
import { type Surrogate, type Tensor, grad, jit, jvp, mul, reshape, sum, tensor, vmap } from '@spikeward/core'
import { atan, spike } from '../../src/index.js'

const u = tensor([-1, -1e-30, 0, 1e-30, 2])

describe('spike', () => {
  it('refuses a factory of surrogates that was not called', () => {
    expect(() => spike(atan as unknown as Surrogate)).toThrow(/surrogate is the function atan: call it.*INVALID_OPTION/)
  })

  it('fires above the threshold, and at it only on request', async () => {
    expect([...(await spike(atan())(u).data())]).toEqual([0, 0, 0, 1, 1])
    expect([...(await spike(atan(), { atThreshold: 0 })(u).data())]).toEqual([0, 0, 0, 1, 1])
    expect([...(await spike(atan(), { atThreshold: 1 })(u).data())]).toEqual([0, 0, 1, 1, 1])
  })

  it.each(['f32', 'f64'] as const)('keeps shape and dtype %s, and is known to be binary', (dtype) => {
    const s = spike(atan())(tensor([[1, -1]], { dtype }))
    expect(s.shape).toEqual([1, 2])
    expect(s.dtype).toBe(dtype)
    expect(s.aval.binary).toBe(true)
  })

  it('is binary while it is traced, also with a tangent, in a batch and after a reshape', () => {
    const fire = spike(atan())
    const seen: boolean[] = []
    const look = (v: Tensor): Tensor => {
      const s = reshape(fire(v), [-1])
      seen.push(s.aval.binary)
      return s
    }
    jit(look)(u)
    jvp(look, [u], [u])
    vmap(look)(
      tensor([
        [1, 2],
        [3, 4],
      ]),
    )
    expect(seen.length).toBeGreaterThanOrEqual(3)
    expect(seen.every((b) => b)).toBe(true)
  })

  it('has the slope times the tangent as its tangent', async () => {
    const v = tensor([-0.5, 0, 0.25], { dtype: 'f64' })
    const dv = tensor([1, -2, 3], { dtype: 'f64' })
    const surrogate = atan({ alpha: 2 })
    const expected = mul(surrogate.slope(v), dv)
    const [, found] = jvp(spike(surrogate), [v], [dv])
    expect([...(await found.data())]).toEqual([...(await expected.data())])
    const back = grad((w: Tensor) => sum(mul(dv, spike(surrogate)(w))))(v)
    expect([...(await back.data())]).toEqual([...(await expected.data())])
  })

  it('refuses an option that it does not know', () => {
    expect(() => spike(atan(), { alpha: 2 } as object)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_OPTION' }) as Error,
    )
  })
})
