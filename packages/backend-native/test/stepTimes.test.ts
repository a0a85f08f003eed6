import { expect, test } from 'vitest'
import { stepTimes } from '../src/native.js'

test('reads the times of a description; a step of a loop counts once for each iteration', () => {
  const steps = stepTimes(
    [
      'native, avx512',
      '  kernel keys: 1 tiles of 2 points, 16 bytes of rows: 0.500000 us',
      '  loop 3',
      '    dot 1 x 2 x 3 x 4: direct: 2.000000 us',
      '    loop 2',
      '      kernel inner: 1 tiles of 8 points: 1.000000 us',
      '  tile-fused group of 4 tiles of 16 of 64 rows, each with 64 bytes of scratch: 10.000000 us',
      '    kernel a: 1 tiles of 16 points: 4.000000 us',
      '    kernel b: 1 tiles of 16 points',
      '',
    ].join('\n'),
  )
  const near = (x: number): number => expect.closeTo(x, 12) as number
  expect(steps.map(({ depth, seconds }) => [depth, seconds])).toEqual([
    [0, near(0.5e-6)],
    [0, null],
    [1, near(6e-6)],
    [1, null],
    [2, near(6e-6)],
    [0, near(10e-6)],
    [1, near(4e-6)],
    [1, null],
  ])
  expect(steps[2]!.name).toBe('dot 1 x 2 x 3 x 4: direct')
})
