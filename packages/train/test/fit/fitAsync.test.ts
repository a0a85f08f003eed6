import { setImmediate } from 'node:timers/promises'
import { type Backend, referenceBackend } from '@spikeward/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fit } from '../../src/index.js'
import { collect, lastOf, smallRun } from '../fixtures.js'

/**
 * The reference backend with simulated duration: a run takes `milliseconds` on a clock that nothing else moves. An
 * asynchronous run yields to the event loop, and their number is counted.
 */
function slow(
  milliseconds: number,
  onAsynchronous: (runs: number) => void,
): Backend & { readonly asynchronous: () => number } {
  const inner = referenceBackend()
  let [asynchronous, now] = [0, 0]
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  return {
    ...inner,
    asynchronous: () => asynchronous,
    compile(plan) {
      const executable = inner.compile(plan)
      return {
        ...executable,
        run(ins, outs) {
          now += milliseconds
          executable.run(ins, outs)
        },
        async runAsync(ins, outs) {
          now += milliseconds
          executable.run(ins, outs)
          await setImmediate()
          onAsynchronous(++asynchronous)
        },
      }
    },
  }
}

/** The reference backend with executables that need preparation; records what was done, in order. */
function prepared(wait: () => Promise<void>): Backend & { readonly done: string[] } {
  const inner = referenceBackend()
  const done: string[] = []
  return {
    ...inner,
    done,
    compile(plan) {
      const executable = inner.compile(plan)
      // Distinguishes the step from the smaller functions that make its state.
      const name = `${plan.steps.length} steps`
      return {
        ...executable,
        run(ins, outs) {
          done.push(`run ${name}`)
          executable.run(ins, outs)
        },
        async prepare() {
          done.push(`begin ${name}`)
          await wait()
          done.push(`ready ${name}`)
        },
      }
    },
  }
}

describe('fit and what a backend prepares', () => {
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

  it('waits once for the step to be compiled, before it first runs', async () => {
    const backend = prepared(pause)
    await collect(fit(smallRun({ backend, steps: 3 })))
    const begun = backend.done.findIndex((what) => what.startsWith('begin'))
    const name = backend.done[begun]!.replace('begin ', '')
    expect(backend.done.slice(begun)).toEqual(['begin', 'ready', 'run', 'run', 'run'].map((what) => `${what} ${name}`))
    expect(backend.done.slice(0, begun)).not.toContain(`run ${name}`)
  })

  it('takes no step when an abort comes in meanwhile', async () => {
    const controller = new AbortController()
    const backend = prepared(async () => {
      await pause()
      controller.abort()
    })
    const end = lastOf(await collect(fit(smallRun({ backend, steps: 3, signal: controller.signal }))), 'end')
    expect(end).toMatchObject({ reason: 'aborted', step: 0 })
    expect(backend.done.at(-1)).toMatch(/^ready/)
  })

  it('ends with the error where a backend refuses, and frees its memory', async () => {
    const backend = prepared(() => Promise.reject(new Error('no such shader')))
    const before = backend.stats().liveBuffers
    await expect(collect(fit(smallRun({ backend, steps: 3 })))).rejects.toThrow('no such shader')
    expect(backend.stats().liveBuffers).toBe(before)
  })
})

describe('fit while JavaScript continues', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('takes long steps by runAsync, with the same result', async () => {
    const backend = slow(25, () => undefined)
    const end = lastOf(await collect(fit(smallRun({ backend, steps: 6 }))), 'end')
    const plain = lastOf(await collect(fit(smallRun({ steps: 6 }))), 'end')
    expect(backend.asynchronous()).toBe(4)
    expect(end.loss).toBe(plain.loss)
    expect([...end.snapshot.tensors.get('trained.readout.weight')!.data]).toEqual([
      ...plain.snapshot.tensors.get('trained.readout.weight')!.data,
    ])
  })

  it('handles an abort during a long step, and ends after it with a snapshot to continue from', async () => {
    const controller = new AbortController()
    const backend = slow(30, (runs) => {
      if (runs === 3) controller.abort()
    })
    const events: string[] = []
    for await (const e of fit(smallRun({ backend, steps: 100, signal: controller.signal }))) {
      events.push(e.type)
      if (e.type !== 'end') continue
      expect(e.reason).toBe('aborted')
      // Two steps before the first asynchronous one determine how long a step takes.
      expect(e.step).toBe(5)
      expect(e.snapshot.step).toBe(e.step)
    }
    expect(events.at(-1)).toBe('end')
  })
})
