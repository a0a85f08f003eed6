import { describe, expect, it } from 'vitest'
import type { Sample } from '@spikeward/train'
import { ahead, summariser } from '../../src/index.js'
import { samplesOf } from '../../src/node.js'

const columns = { inputs: ['a', 'b'], targets: ['y'] }
async function* lines(...texts: readonly string[]): AsyncGenerator<string, void> {
  for (const text of texts) {
    await Promise.resolve()
    yield text
  }
}
async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of stream) found.push(one)
  return found
}

describe('samples of lines', () => {
  it('reads columns of CSV by name, and missing cells as NaN', async () => {
    const found = await all(samplesOf(lines('\uFEFFy,a,"b"', '1,2,3', '', '4,,NA', '"5",6e1,-.5'), columns))
    expect(found).toEqual([
      { x: [2, 3], y: [1] },
      { x: [NaN, NaN], y: [4] },
      { x: [60, -0.5], y: [5] },
    ])
  })

  it('reads JSON lines, and null or an absent field as NaN', async () => {
    const found = await all(samplesOf(lines('{"a":1,"b":2,"y":3,"z":"no"}', '{"b":5,"y":null}'), columns))
    expect(found).toEqual([
      { x: [1, 2], y: [3] },
      { x: [NaN, 5], y: [NaN] },
    ])
  })

  it.each([
    [['a,b', '1,2'], "no 'y'"],
    [['{"a":1,"b":2,"yy":3}'], "no 'y' (did you mean "],
    [['a,b,y', '1,2'], 'line 2 of the stream has 2 cells, and the header 3'],
    [['a,b,y', '1,x,3'], "line 2 of the stream has x in 'b', which is no number"],
    [['{"a":1,"b":2,"y":3}', '{"a":'], 'line 2 of the stream is no JSON'],
    [['{"a":1,"b":2,"y":3}', '[1]'], 'JSON, but no object'],
    [['a,b,y', '1,"2,3'], 'quotes'],
  ])('refuses %j', async (texts, message) => {
    await expect(all(samplesOf(lines(...texts), columns))).rejects.toThrow(message)
  })
})

describe('ahead', () => {
  const stream = async function* (): AsyncGenerator<Sample, void> {
    for (let t = 0; t < 5; t++) {
      await Promise.resolve()
      yield { x: [t], y: [10 * t] }
    }
  }
  it('pairs inputs with later targets, and gives earlier inputs beside them', async () => {
    expect(await all(ahead(stream(), { horizon: 2, delays: 2 }))).toEqual([
      { x: [0, NaN], y: [20] },
      { x: [1, 0], y: [30] },
      { x: [2, 1], y: [40] },
    ])
    expect(await all(ahead(stream(), { horizon: 0, delays: 1 }))).toEqual(await all(stream()))
  })
})

describe('the summary of a stream', () => {
  it('counts errors, those of the last tenth, and those of persistence at the horizon', () => {
    let now = 5
    const two = summariser(() => now, 2)
    for (let t = 0; t < 1000; t++) two.add([t], t < 900 ? 3 : 1)
    now = 8
    const { samples, error, lastError, persistence, seconds } = two.summary()
    expect([samples, seconds, persistence]).toEqual([1000, 3, 2])
    expect(error).toBeCloseTo(Math.sqrt(0.9 * 9 + 0.1), 12)
    expect(lastError).toBeGreaterThanOrEqual(1)
    expect(lastError).toBeLessThan(1.2)
  })

  it('leaves samples without a target out', () => {
    const one = summariser(() => 0)
    one.add([NaN], NaN)
    expect(one.summary()).toEqual({ samples: 1, error: null, lastError: null, persistence: null, seconds: 0 })
  })
})
