import { expect, test } from 'vitest'
import { SpikewardError, firstError } from '../src/index.js'

const failing = (code: string) => ({
  [Symbol.dispose]: () => {
    throw new SpikewardError(code, 'it does not end')
  },
})

test('the error of the work survives any number of failing disposals', () => {
  const work = (): void => {
    using _first = failing('DISK_FULL')
    using _second = failing('RUN_FOLDER_LOST')
    throw new SpikewardError('NON_FINITE_LOSS', 'the loss became NaN')
  }
  let thrown: unknown = null
  try {
    work()
  } catch (error) {
    thrown = error
  }
  expect((thrown as Error).name).toBe('SuppressedError')
  expect(firstError(thrown)).toMatchObject({ code: 'NON_FINITE_LOSS' })
})

test('other values stay as they are', () => {
  const error = new SpikewardError('DISK_FULL', 'full')
  for (const value of [error, new TypeError('no'), 'text', null, undefined]) expect(firstError(value)).toBe(value)
})
