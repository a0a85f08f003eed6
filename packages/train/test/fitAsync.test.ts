import { referenceBackend } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { fit } from '../src/index.js'
import { collect, lastOf, smallRun } from './fixtures.js'

/** The reference backend with work beside JavaScript: a run takes `milliseconds`, asleep where it is asynchronous. */
function slow(milliseconds: number): Backend & { readonly asynchronous: () => number } {
  const inner = referenceBackend()
  let asynchronous = 0
  return {
    ...inner,
    asynchronous: () => asynchronous,
    compile(plan) {
      const executable = inner.compile(plan)
      return {
        ...executable,
        run(ins, outs) {
          const until = performance.now() + milliseconds
          executable.run(ins, outs)
          while (performance.now() < until);
        },
        async runAsync(ins, outs) {
          asynchronous++
          executable.run(ins, outs)
          await new Promise((resolve) => setTimeout(resolve, milliseconds))
        },
      }
    },
  }
}

describe('fit beside JavaScript', () => {
  it('takes long steps by runAsync, with the same result', async () => {
    const backend = slow(25)
    const end = lastOf(await collect(fit(smallRun({ backend, steps: 6 }))), 'end')
    const plain = lastOf(await collect(fit(smallRun({ steps: 6 }))), 'end')
    expect(backend.asynchronous()).toBe(4)
    expect(end.loss).toBe(plain.loss)
    expect([...end.snapshot.tensors.get('trained.readout.weight')!.data]).toEqual([
      ...plain.snapshot.tensors.get('trained.readout.weight')!.data,
    ])
  })

  it('hears an abort during a long step, and ends after it with a snapshot to go on from', async () => {
    const backend = slow(30)
    const controller = new AbortController()
    const events: string[] = []
    for await (const e of fit(smallRun({ backend, steps: 100, signal: controller.signal }))) {
      events.push(e.type)
      if (e.type === 'start') setTimeout(() => controller.abort(), 100)
      if (e.type !== 'end') continue
      expect(e.reason).toBe('aborted')
      expect(e.step).toBeLessThan(100)
      expect(e.snapshot.step).toBe(e.step)
    }
    expect(events.at(-1)).toBe('end')
  })
})
