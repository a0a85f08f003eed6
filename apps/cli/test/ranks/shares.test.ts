import { expect, test } from 'vitest'
import { run } from '../fakeIo.js'

const short = ['--backend', 'reference', '--hidden', '4', '--time', '2', '--steps', '1', '--no-figures']

test.each([
  [['--shares', 'rows:3'], /such as directions:4, batch:8/],
  [['--shares', 'batch:0'], /such as directions:4, batch:8/],
  [['--shares', 'batch:5', '--batch', '16'], /a batch of 16 in 5 shares/],
  [['--shares', 'directions:3', '--directions', '4'], /4 directions of rfg in 3 shares/],
  [['--shares', 'directions:2', '--estimator', 'bp'], /\[ESTIMATOR_NOT_SHARED\]/],
])('train %j is refused as wrong usage', async (args, message) => {
  const { code, err } = await run('train', 'parabola', ...short, ...args)
  expect([code, err]).toEqual([2, expect.stringMatching(message)])
})
