import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Backend, type Executable, type Tensor, jit, referenceBackend, square, tensor } from '@spikeward/core'
import { timedRuns } from '../../src/index.js'

afterEach(() => vi.restoreAllMocks())

/** The reference backend on a clock that only its runs move, by 3 ms, and by 7 ms if they are asynchronous. */
function clocked(): { readonly backend: Backend; readonly compiled: Executable[] } {
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const inner = referenceBackend()
  const compiled: Executable[] = []
  const backend: Backend = {
    ...inner,
    compile(plan) {
      const executable = inner.compile(plan)
      const timed: Executable = {
        ...executable,
        run(ins, outs) {
          now += 3
          executable.run(ins, outs)
        },
        runAsync(ins, outs) {
          executable.run(ins, outs)
          return Promise.resolve().then(() => void (now += 7))
        },
      }
      compiled.push(timed)
      return timed
    },
  }
  return { backend, compiled }
}

describe('timedRuns', () => {
  it('reports the time and the executable of each run, and computes the same', async () => {
    const { backend, compiled } = clocked()
    const seen: [number, Executable][] = []
    await using timed = timedRuns(backend, (milliseconds, executable) => seen.push([milliseconds, executable]))
    const f = jit((x: Tensor) => square(x), { backend: timed })
    expect(await f(tensor([1, 2, 3])).data()).toEqual(new Float32Array([1, 4, 9]))
    expect(await (await f.async(tensor([4, 5, 6]))).data()).toEqual(new Float32Array([16, 25, 36]))
    expect(seen).toEqual([
      [3, compiled[0]],
      [7, compiled[0]],
    ])
    expect(compiled).toHaveLength(1)
    expect(timed.stats()).toEqual(backend.stats())
  })

  it('throws at the call what the backend refuses, and reports no such run', async () => {
    const { backend } = clocked()
    const ran = vi.fn<(milliseconds: number) => void>()
    await using timed = timedRuns(backend, ran)
    let executable: Executable | undefined
    const f = jit((x: Tensor) => square(x), {
      backend: {
        ...timed,
        compile: (plan) => (executable = timed.compile(plan)),
      },
    })
    f(tensor([1]))
    expect(ran).toHaveBeenCalledTimes(1)
    expect(() => executable!.run([], [])).toThrow()
    expect(() => executable!.runAsync!([], [])).toThrow()
    expect(ran).toHaveBeenCalledTimes(1)
  })

  it('has no runAsync if the backend has none', async () => {
    await using timed = timedRuns(referenceBackend(), () => undefined)
    let executable: Executable | undefined
    jit((x: Tensor) => square(x), {
      backend: { ...timed, compile: (plan) => (executable = timed.compile(plan)) },
    })(tensor([1]))
    expect(executable).not.toHaveProperty('runAsync')
  })
})
