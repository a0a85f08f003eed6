/** The tests of faults excuse a worker that paused and ran a trial again, and no lost trial. */
import { expect, test } from 'vitest'
import type { Outcome } from './suite.js'
import { unpaused } from './unpaused.js'

const clean: Outcome = { trials: 30, lost: 0, twice: 0, again: 0, paused: false, seconds: 1 }

/** A try that has these outcomes, one after another; the last one ever after. */
const trying = (...outcomes: readonly Partial<Outcome>[]) => {
  let at = 0
  return (): Promise<Outcome> => Promise.resolve({ ...clean, ...outcomes[Math.min(at++, outcomes.length - 1)] })
}

test('a try without a pause counts as it is', async () => {
  expect(await unpaused(trying({}))).toEqual({ ...clean, repeats: 0 })
  expect(await unpaused(trying({ twice: 1 }, {}))).toMatchObject({ twice: 1, repeats: 0 })
})

test('a try with a pause is repeated if trials ran again', async () => {
  expect(await unpaused(trying({ paused: true }, { twice: 1 }))).toMatchObject({ twice: 0, repeats: 0 })
  const paused = { paused: true, twice: 1, again: 1 }
  expect(await unpaused(trying(paused, paused, {}))).toEqual({ ...clean, repeats: 2 })
})

test('a library that always blocks its worker is not excused', async () => {
  expect(await unpaused(trying({ paused: true, twice: 1 }))).toMatchObject({ twice: 1, repeats: 3 })
})

test('a trial that was lost in a repeated try is counted', async () => {
  expect(await unpaused(trying({ paused: true, twice: 1, lost: 2 }, { lost: 1 }))).toMatchObject({
    lost: 3,
    repeats: 1,
  })
})
