import { expect, test } from 'vitest'
import { cpu } from '@spikeward/backend-cpu'
import { type Backend, type StepTrial, jit, referenceBackend, sum, tensor } from '@spikeward/core'
import { fastest, storageMemory, machineName } from '../src/index.js'

/** A step that adds up a few numbers. */
const trial = async (backend: Backend): Promise<StepTrial> => {
  const x = tensor(
    Array.from({ length: 4096 }, (_, i) => i % 7),
    { backend },
  )
  const step = jit((a: typeof x) => sum(a))
  return {
    async run(steps) {
      for (let i = 0; i < steps; i++) await step(x).item()
    },
    async [Symbol.asyncDispose]() {
      step.dispose()
      x.dispose()
    },
  }
}

test('a page chooses once and finds the choice in its storage', async () => {
  localStorage.clear()
  const memory = storageMemory(localStorage)
  // A clock that counts how often it is read: on a busy machine a real one may find a choice that waits for a second
  // measurement.
  let read = 0
  const options = { trial, memory, now: () => 5 * read++ }
  const first = await fastest([cpu, referenceBackend], options)
  await first.backend[Symbol.asyncDispose]()
  expect(first.measured.every(({ milliseconds }) => milliseconds !== null && milliseconds > 0)).toBe(true)
  const second = await fastest([cpu, referenceBackend], options)
  await second.backend[Symbol.asyncDispose]()
  expect([first.remembered, second.remembered, second.name]).toEqual([false, true, first.name])
  expect(localStorage.getItem('spikeward.backends')).toContain(first.name)
  localStorage.clear()
})

test('a page describes its browser', () => {
  expect(machineName()).toMatch(/Chrome.*processors, (not )?isolated/)
})
