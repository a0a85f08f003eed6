import { key } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { addingSequences, copySequences, lorenzSequences, vanDerPolSequences } from '../../src/index.js'

describe('sequences that only a memory explains', () => {
  it.each([
    ['addingSequences', addingSequences, 8],
    ['copySequences', copySequences, 16],
    ['lorenzSequences', lorenzSequences, 4],
    ['vanDerPolSequences', vanDerPolSequences, 4],
  ] as const)('%s are finite, and their shares add up to 1 a sequence', async (_, generator, time) => {
    const { x, target, share } = generator.draw(key(1), 3, time)
    expect([x.shape, target.shape]).toEqual([
      [time, 3, generator.inputs],
      [time, 3, 1],
    ])
    for (const one of [x, target]) expect(Array.from(await one.data(), Number).every(Number.isFinite)).toBe(true)
    const total = Array.from(await share.data(), Number).reduce((a, b) => a + b, 0)
    expect(total).toBeCloseTo(3, 5)
  })

  it.each([
    [addingSequences, 7],
    [copySequences, 15],
  ] as const)('refuse fewer steps than blocks', (generator, time) => {
    expect(() => generator.draw(key(1), 3, time)).toThrow('INVALID_OPTION')
  })
})
