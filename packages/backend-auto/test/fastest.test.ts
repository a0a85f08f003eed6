import { describe, expect, test } from 'vitest'
import { SpikewardError } from '@spikeward/core'
import { fastest, rememberedChoices } from '../src/index.js'
import { type Behaviour, candidatesOf, memoryInVariable, simulatedClock } from './machines.js'

/** Candidates on a simulated clock. */
function machine(behaviours: Readonly<Record<string, Behaviour>>) {
  const { now, pass } = simulatedClock()
  const { factories, ...rest } = candidatesOf(behaviours, pass)
  return { factories, now, ...rest }
}

describe('fastest', () => {
  test('takes the backend of the shortest step, closes the others and gives every number', async () => {
    const { factories, trial, now, live } = machine({ slow: { step: 2 }, quick: { step: 0.25 }, middle: { step: 1 } })
    const choice = await fastest(factories, { trial, now })
    expect(choice.name).toBe('quick')
    expect([...live]).toEqual([choice.backend])
    expect(choice.measured).toEqual([
      { name: 'slow', milliseconds: 2, note: null },
      { name: 'quick', milliseconds: 0.25, note: null },
      { name: 'middle', milliseconds: 1, note: null },
    ])
    expect(choice.reason).toBe('quick, 0.25 ms per step; slow: 2 ms per step; middle: 1 ms per step; measured just now')
  })

  test('compilation does not count, however long it takes', async () => {
    const { factories, trial, now } = machine({ a: { compile: 1, step: 2 }, b: { compile: 200, step: 1 } })
    expect((await fastest(factories, { trial, now })).name).toBe('b')
  })

  test.each([0.01, 1, 3, 7, 40, 80])('steps for at most half a second in all with steps of %d ms', async (step) => {
    const compile = 0
    const { factories, trial, now } = machine({ a: { compile, step }, b: { compile, step }, c: { compile, step } })
    const before = now()
    const { measured } = await fastest(factories, { trial, now })
    expect(now() - before).toBeLessThanOrEqual(500)
    for (const { milliseconds } of measured) expect(milliseconds).toBeCloseTo(step, 6)
  })

  test('a compilation that takes seconds is the last one that begins', async () => {
    const { factories, trial, now, stepped } = machine({ a: { compile: 9000 }, b: {} })
    expect([(await fastest(factories, { trial, now })).name, new Set(stepped)]).toEqual(['a', new Set(['a'])])
  })

  test('a step that takes all the time is the last one that begins', async () => {
    const { factories, trial, now, stepped } = machine({ a: { step: 900 }, b: { step: 1 } })
    const choice = await fastest(factories, { trial, now })
    expect(stepped).toEqual(['a'])
    expect(choice.name).toBe('a')
    expect(choice.reason).toBe(
      'a, 900 ms per step (only the first step was measured; later ones may be faster); b: not measured: no time was left; measured just now',
    )
  })

  test('leaves out absent backends, those that cannot run the step, and software renderers, each with its reason', async () => {
    const { factories, trial, now, live } = machine({
      absent: { unavailable: 'NATIVE_UNAVAILABLE' },
      soft: { features: ['software-renderer'], step: 0.001 },
      unable: { refuses: 'UNSUPPORTED_DTYPE' },
      able: { step: 5 },
    })
    const choice = await fastest(factories, { trial, now })
    expect([choice.name, live.size]).toEqual(['able', 1])
    expect(choice.measured.map(({ note }) => note)).toEqual([
      'absent is not here; install it',
      expect.stringContaining('software renderer'),
      'unable cannot run it; take another',
      null,
    ])
  })

  test('without any backend the error gives the reason for each', async () => {
    const { factories, trial, now } = machine({
      a: { unavailable: 'NO_ADAPTER' },
      b: { refuses: 'UNSUPPORTED_DTYPE' },
      c: { refuses: 'OUT_OF_MEMORY' },
    })
    await expect(fastest(factories, { trial, now })).rejects.toMatchObject({
      code: 'NO_BACKEND',
      message: expect.stringMatching(/a: a is not here.*b: b cannot run it/s) as string,
    })
  })

  test('the only available backend is taken without a measurement', async () => {
    const { factories, trial, now, stepped } = machine({ a: { step: 2 }, b: { unavailable: 'NO_ADAPTER' } })
    const choice = await fastest(factories, { trial, now })
    expect([choice.name, stepped]).toEqual(['a', []])
    expect(choice.reason).toBe('a, the only one available; b: b is not here; install it; measured just now')
  })

  test('a step that fails on every backend throws its own error', async () => {
    const { factories, trial, now, live } = machine({
      absent: { unavailable: 'NATIVE_UNAVAILABLE' },
      a: { refuses: 'NOT_A_SCALAR' },
      b: { refuses: 'NOT_A_SCALAR' },
    })
    await expect(fastest(factories, { trial, now })).rejects.toMatchObject({ code: 'NOT_A_SCALAR' })
    expect(live.size).toBe(0)
  })

  test('an error in the step itself is thrown, and does not count as a slow backend', async () => {
    const { factories, now } = machine({ a: {}, b: {} })
    const trial = () => Promise.reject(new TypeError('a mistake in the loss'))
    await expect(fastest(factories, { trial, now })).rejects.toThrow('a mistake in the loss')
  })

  test('options go to the candidates that declare them', async () => {
    const { factories, trial, now } = machine({ a: {} })
    // None of these declares threads.
    expect((await fastest(factories, { trial, now, given: { threads: 2 } })).name).toBe('a')
    await expect(fastest(factories, { trial, now, seconds: 0 })).rejects.toBeInstanceOf(SpikewardError)
  })
})

describe('a memory', () => {
  test('saves the second measurement of the same workload', async () => {
    const { factories, trial, now, stepped } = machine({ a: { step: 2 }, b: { step: 1 } })
    const memory = memoryInVariable()
    const first = await fastest(factories, { trial, now, memory, workload: 'small' })
    const steps = stepped.length
    const second = await fastest(factories, { trial, now, memory, workload: 'small' })
    expect([first.remembered, second.remembered, stepped.length]).toEqual([false, true, steps])
    expect([second.name, second.backend.name]).toEqual(['b', 'b'])
    expect(second.reason).toMatch(/^b, 1 ms per step; a: 2 ms per step; measured on \d{4}-\d\d-\d\d$/)
    expect((await fastest(factories, { trial, now, memory, workload: 'large' })).remembered).toBe(false)
    expect((await rememberedChoices(memory)).map(({ workload }) => workload)).toEqual(['large', 'small'])
  })

  test('does not use a choice between a first step and later steps', async () => {
    const memory = memoryInVariable()
    const busy = machine({ a: { step: 190 }, b: { step: 7 } })
    const choice = await fastest(busy.factories, { trial: busy.trial, now: busy.now, memory })
    expect([choice.name, choice.measured[0]?.note]).toEqual(['b', 'its first step'])
    const idle = machine({ a: { step: 1 }, b: { step: 7 } })
    const again = await fastest(idle.factories, { trial: idle.trial, now: idle.now, memory })
    expect([again.name, again.remembered]).toEqual(['a', false])
    expect((await fastest(idle.factories, { trial: idle.trial, now: idle.now, memory })).remembered).toBe(true)
  })

  test('uses a choice between a first step and later steps after a second measurement with the same result', async () => {
    const { factories, trial, now } = machine({ a: { step: 190 }, b: { step: 7 } })
    const memory = memoryInVariable()
    const found = []
    for (let i = 0; i < 3; i++) found.push(await fastest(factories, { trial, now, memory }))
    expect(found.map(({ name }) => name)).toEqual(['b', 'b', 'b'])
    expect(found.map(({ remembered }) => remembered)).toEqual([false, false, true])
  })

  test('stores a choice between first steps', async () => {
    const { factories, trial, now } = machine({ a: { step: 190 }, b: { step: 160 } })
    const memory = memoryInVariable()
    const { measured } = await fastest(factories, { trial, now, memory })
    expect(measured.map(({ note }) => note)).toEqual(['its first step', 'its first step'])
    expect((await fastest(factories, { trial, now, memory })).remembered).toBe(true)
  })

  test('does not hold for other candidates, options or versions', async () => {
    const { factories, trial, now } = machine({ a: { step: 2 }, b: { step: 1 } })
    const memory = memoryInVariable()
    await fastest(factories, { trial, now, memory })
    expect((await fastest(factories.slice(0, 1), { trial, now, memory })).remembered).toBe(false)
    expect((await fastest(factories, { trial, now, memory, given: { threads: 1 } })).remembered).toBe(false)
    const ofVersion = async (version: string) => (await fastest(factories, { trial, now, memory, version })).remembered
    expect([await ofVersion('1.0.0'), await ofVersion('1.0.0'), await ofVersion('1.0.1')]).toEqual([false, true, false])
  })

  test('is not followed when its backend is gone: the others are measured again', async () => {
    const memory = memoryInVariable()
    const before = machine({ a: { step: 2 }, b: { step: 1 } })
    await fastest(before.factories, { trial: before.trial, now: before.now, memory })
    const after = machine({ a: { step: 2 }, b: { unavailable: 'NATIVE_UNAVAILABLE' } })
    const choice = await fastest(after.factories, { trial: after.trial, now: after.now, memory })
    expect([choice.name, choice.remembered]).toEqual(['a', false])
    expect(choice.reason).toContain('b: b is not here')
  })

  test('is not stored while a candidate cannot be opened, so that it is compared once it can', async () => {
    const memory = memoryInVariable()
    const before = machine({ a: { step: 2 }, b: { unavailable: 'NATIVE_UNAVAILABLE' }, c: { step: 3 } })
    for (let i = 0; i < 2; i++) {
      const choice = await fastest(before.factories, { trial: before.trial, now: before.now, memory })
      expect([choice.name, choice.remembered]).toEqual(['a', false])
    }
    expect(await rememberedChoices(memory)).toEqual([])
    const after = machine({ a: { step: 2 }, b: { step: 1 }, c: { step: 3 } })
    const choice = await fastest(after.factories, { trial: after.trial, now: after.now, memory })
    expect([choice.name, choice.remembered]).toEqual(['b', false])
    expect((await fastest(after.factories, { trial: after.trial, now: after.now, memory })).remembered).toBe(true)
  })

  test('is not stored when the step of a candidate failed, so that it is compared in the next run', async () => {
    const memory = memoryInVariable()
    const before = machine({ a: { step: 1, refuses: 'NATIVE_PLAN' }, b: { step: 2 }, c: { step: 3 } })
    const choice = await fastest(before.factories, { trial: before.trial, now: before.now, memory })
    expect([choice.name, choice.remembered]).toEqual(['b', false])
    expect(choice.reason).toContain('a: a cannot run it')
    expect(await rememberedChoices(memory)).toEqual([])
    const after = machine({ a: { step: 1 }, b: { step: 2 }, c: { step: 3 } })
    const again = await fastest(after.factories, { trial: after.trial, now: after.now, memory })
    expect([again.name, again.remembered]).toEqual(['a', false])
    expect((await fastest(after.factories, { trial: after.trial, now: after.now, memory })).remembered).toBe(true)
  })

  test('of a software renderer saves opening it for another workload', async () => {
    const { factories, trial, now, opened } = machine({ a: {}, soft: { features: ['software-renderer'] } })
    const memory = memoryInVariable()
    await fastest(factories, { trial, now, memory, workload: 'small' })
    await fastest(factories, { trial, now, memory, workload: 'large' })
    expect(opened).toEqual(['a', 'soft', 'a'])
  })

  test.each(['', '{"format":2,"choices":[]}', '{"format":1,"choices":[{"name":3},null]}', '[]'])(
    'that holds %j holds no choices, and is written anew',
    async (text) => {
      const { factories, trial, now } = machine({ a: {} })
      const memory = memoryInVariable(text)
      expect(await rememberedChoices(memory)).toEqual([])
      expect((await fastest(factories, { trial, now, memory })).remembered).toBe(false)
      expect(await rememberedChoices(memory)).toHaveLength(1)
    },
  )

  test('that cannot be read or written costs a measurement and nothing else', async () => {
    const { factories, trial, now } = machine({ a: {} })
    const memory = { load: () => Promise.reject(new Error('EACCES')), save: () => Promise.reject(new Error('EACCES')) }
    expect((await fastest(factories, { trial, now, memory })).name).toBe('a')
  })

  test('keeps the newest 64 choices', async () => {
    const { factories, trial, now } = machine({ a: {} })
    const memory = memoryInVariable()
    for (let i = 0; i < 70; i++) await fastest(factories, { trial, now, memory, workload: String(i) })
    const kept = await rememberedChoices(memory)
    expect([kept.length, kept[0]?.workload, kept.at(-1)?.workload]).toEqual([64, '69', '6'])
  })
})
