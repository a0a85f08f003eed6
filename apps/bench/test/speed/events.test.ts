import { expect, test } from 'vitest'
import { benchJson } from '../support/fakeIo.js'

test('events times a convolution of few events beside that of a dense input', async () => {
  const { rows } = (await benchJson('events', '--backend', 'cpu', '--repeat', '1', '--json')) as {
    readonly rows: readonly { readonly activity: number; readonly medianMs: number; readonly ratio: number }[]
  }
  expect(rows).toHaveLength(3 * 2 * 4)
  for (const { activity, medianMs, ratio } of rows) {
    expect(medianMs).toBeGreaterThan(0)
    if (activity === 1) expect(ratio).toBe(1)
    else expect(ratio).toBeGreaterThan(0)
  }
})
