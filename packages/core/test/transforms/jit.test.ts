import { afterEach, describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { numbers } from '../helpers.js'

describe('jit', () => {
  const other = sw.referenceBackend()
  afterEach(() => expect(other.stats().liveBytes).toBeGreaterThanOrEqual(0))

  it('compiles once for each shape', async () => {
    const f = sw.jit((x: Tensor) => sw.mul(sw.add(x, 1), 2))
    await numbers([f(sw.tensor([1, 2])), f(sw.tensor([3, 4])), f(sw.tensor([1]))])
    expect(f.stats()).toEqual({ compilations: 2, calls: 3, variants: 2 })
  })

  it('keeps a bounded number of variants', () => {
    const f = sw.jit((x: Tensor) => sw.add(x, 1), { cacheSize: 2 })
    for (const n of [1, 2, 3]) f(sw.zeros([n]))
    expect(f.stats().variants).toBe(2)
    f(sw.zeros([3]))
    expect(f.stats().compilations).toBe(3)
    f(sw.zeros([1]))
    expect(f.stats().compilations).toBe(4)
  })

  it('tells calls apart by shape, type, structure, binary values and backend, in any order', async () => {
    const f = sw.jit((t: { x: Tensor; y?: Tensor }) => sw.add(t.x, t.y ?? 1))
    const fired = sw.cast(sw.greater(sw.tensor([1, -1]), 0), 'f32')
    const calls: readonly [{ x: Tensor; y?: Tensor }, number[]][] = [
      [{ x: sw.tensor([1, 2]) }, [2, 3]],
      [{ x: sw.tensor([1]) }, [2]],
      [{ x: sw.tensor([[1, 2]]) }, [2, 3]],
      [{ x: sw.tensor([1, 2], { dtype: 'f64' }) }, [2, 3]],
      [{ x: fired }, [2, 1]],
      [{ x: sw.tensor([1, 2]), y: sw.tensor([3, 4]) }, [4, 6]],
      [{ x: sw.tensor([1, 2], { backend: other }) }, [2, 3]],
    ]
    const pairs = calls.flatMap((a) => calls.flatMap((b) => [a, b]))
    for (const [t, wanted] of pairs) expect(await numbers(f(t))).toEqual(wanted)
    expect(f.stats()).toEqual({ compilations: calls.length, calls: 2 * calls.length ** 2, variants: calls.length })
  })

  it('compiles again what its cache has dropped, for the same arguments as the last call', async () => {
    const f = sw.jit((x: Tensor) => sw.add(x, 1), { cacheSize: 1 })
    const x = sw.tensor([1])
    f(x)
    f.dispose()
    expect(await numbers(f(x))).toEqual([2])
    expect(f.stats()).toEqual({ compilations: 2, calls: 2, variants: 1 })
  })

  it('a step with donation allocates nothing and disposes its argument', async () => {
    const step = sw.jit((s: { w: Tensor; m: Tensor }) => ({ w: sw.sub(s.w, s.m), m: sw.mul(0.5, s.m) }), {
      donate: [0],
    })
    let state = { w: sw.tensor([1, 2], { backend: other }), m: sw.tensor([1, 1], { backend: other }) }
    const first = state
    state = step(state)
    const before = other.stats()
    for (let i = 0; i < 5; i++) state = step(state)
    const after = other.stats()
    expect(after.allocations).toBe(before.allocations)
    expect(after.compilations).toBe(before.compilations)
    expect(await numbers(state)).toEqual([1 / 64, 1 / 64, -0.96875, 0.03125])
    await expect(async () => first.w.data()).rejects.toThrow(/donated.*DISPOSED/)
  })

  it('a donated input that is read after it is overwritten still gives the right values', async () => {
    // y may take x's memory, but x is needed by the second result.
    const f = sw.jit((x: Tensor) => [sw.mul(x, 2), sw.sum(sw.mul(x, sw.flip(x, 0)))], { donate: [0] })
    expect(await numbers(f(sw.tensor([1, 2, 3])))).toEqual([2, 4, 6, 10])
  })

  it('passes captured tensors, inputs, constants and repeated results through', async () => {
    const w = sw.tensor([1, 2])
    const f = sw.jit((x: Tensor) => [w, x, sw.zeros([2]), x, sw.full([], 3)])
    expect(await numbers(f(sw.tensor([5, 6])))).toEqual([1, 2, 5, 6, 0, 0, 5, 6, 3])
  })

  it('stores equal sequences of a loop once', async () => {
    const step = (c: Tensor, x: Tensor): [Tensor, Tensor[]] => {
      const next = sw.add(c, x)
      return [next, [sw.mul(next, x), sw.mul(next, x), sw.sub(next, x)]]
    }
    const f = sw.jit((xs: Tensor) => sw.scan(step, sw.tensor(0), xs)[1].map((t) => sw.sum(t)))
    const xs = sw.tensor([1, 2, 3])
    expect(await numbers(f(xs))).toEqual([25, 25, 4])
    const loop = f.inspect(xs).program.equations.find((e) => e.primitive.name === 'scan')!
    expect(loop.outputs.length).toBe(3)
  })

  it('runs on the backend of its arguments, or on the chosen one', () => {
    const f = sw.jit((x: Tensor) => sw.add(x, 1), { backend: other })
    const before = other.stats().runs
    f(sw.zeros([2]))
    expect(other.stats().runs).toBe(before + 1)
  })

  it('refuses a Promise, an escaped value, a value read inside, a tensor donated twice', () => {
    const promise = (async (x: Tensor) => x) as unknown as (x: Tensor) => Tensor
    expect(() => sw.jit(promise)(sw.zeros([1]))).toThrow(/ASYNC_FUNCTION/)
    let escaped: Tensor | undefined
    sw.jit((x: Tensor) => (escaped = sw.add(x, 1)))(sw.zeros([1]))
    expect(() => sw.add(escaped!, 1)).toThrow(/ESCAPED_VALUE/)
    expect(() => sw.jit((x: Tensor) => sw.add(x, escaped!))(sw.zeros([1]))).toThrow(/ESCAPED_VALUE/)
    expect(() =>
      sw.jit((x: Tensor) => {
        void x.data()
        return x
      })(sw.zeros([1])),
    ).toThrow(/ABSTRACT_VALUE/)
    const x = sw.zeros([1])
    expect(() => sw.jit((a: Tensor, b: Tensor) => [sw.add(a, b), a], { donate: [0, 1] })(x, x)).toThrow(/DONATED_TWICE/)
  })

  it('async: on another thread if the backend can, else synchronously; refused inside a transform', async () => {
    const inner = sw.referenceBackend()
    let beside = 0
    const backend: sw.Backend = {
      ...inner,
      compile(plan) {
        const executable = inner.compile(plan)
        return {
          ...executable,
          async runAsync(ins, outs) {
            beside++
            await Promise.resolve()
            executable.run(ins, outs)
          },
        }
      },
    }
    const f = sw.jit((x: Tensor) => [sw.mul(x, 2), sw.sum(x)], { donate: [0] })
    for (const [where, runs] of [
      [backend, 1],
      [other, 1],
    ] as const) {
      const x = sw.tensor([1, 2], { backend: where })
      const result = f.async(x)
      expect(() => x.dispose()).not.toThrow()
      expect(await numbers(await result)).toEqual([2, 4, 3])
      expect(beside).toBe(runs)
    }
    await expect(
      new Promise((resolve) => {
        sw.jit((x: Tensor) => {
          resolve(f.async(x))
          return x
        })(sw.zeros([2]))
      }),
    ).rejects.toThrow(/ASYNC_FUNCTION/)
  })

  it('frees its executables', () => {
    const before = other.stats().liveBytes
    const f = sw.jit((x: Tensor) => sw.sum(sw.matmul(sw.add(x, 1), sw.add(x, 2))), { backend: other })
    f(sw.zeros([8, 8])).dispose()
    f.dispose()
    expect(f.stats().variants).toBe(0)
    expect(other.stats().liveBytes).toBeLessThanOrEqual(before + 8 * 8 * 4)
  })
})

describe('operands on two backends', () => {
  it('host tensors are copied; tensors on two other backends are an error', async () => {
    const a = sw.referenceBackend()
    const b = sw.referenceBackend()
    const x = sw.tensor([1], { backend: a })
    expect(await sw.add(x, sw.tensor([2])).item()).toBe(3)
    expect(() => sw.add(x, sw.tensor([2], { backend: b }))).toThrow(/BACKEND_MISMATCH/)
    expect(await sw.add(x, await sw.toBackend(sw.tensor([2], { backend: b }), a)).item()).toBe(3)
  })
})
