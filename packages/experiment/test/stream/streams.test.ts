import { describe, expect, it } from 'vitest'
import { summariser } from '../../src/index.js'
import { samplesOf } from '../../src/node.js'

const columns = { inputs: ['a', 'b'], targets: ['y'] }
async function* pieces(...texts: readonly string[]): AsyncGenerator<string, void> {
  for (const text of texts) {
    await Promise.resolve()
    yield text
  }
}
const lines = (...texts: readonly string[]): AsyncGenerator<string, void> => pieces(texts.join('\n'))
async function all<T>(stream: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = []
  for await (const list of stream) found.push(...list)
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

  it('reads dates as times, in seconds', async () => {
    const rows = ['t,a,b,y', '2026-12-03 05:00Z,1,2,3', '2026-12-03T05:00:01.5Z,1,2,3', '7,1,2,3', '']
    const found = await all(samplesOf(pieces(rows.join('\n')), { ...columns, time: 't' }))
    expect(found.map(({ time }) => time! - Date.UTC(2026, 11, 3, 5) / 1000)).toEqual([0, 1.5, expect.any(Number)])
    expect(found[2]!.time).toBe(7)
  })

  it.each([
    ['a;b;y', '1,5;2;3'],
    ['a\tb\ty', '1.5\t2\t3'],
  ])('reads cells with other separators: %s', async (...rows) => {
    expect(await all(samplesOf(pieces(rows.join('\n')), columns))).toEqual([{ x: [1.5, 2], y: [3] }])
  })

  it('guesses no column where none is near', async () => {
    await expect(all(samplesOf(pieces('zeit;tee'), columns))).rejects.toThrow(/no 'a'; it has 'zeit;tee'/)
  })

  it('joins pieces at the ends of lines, with any line break, and reads the time', async () => {
    const found = await all(samplesOf(pieces('t,a,b', ',y\r\n1,', '2,3,4\r\n2,5,6', ',7'), { ...columns, time: 't' }))
    expect(found).toEqual([
      { x: [2, 3], y: [4], time: 1 },
      { x: [5, 6], y: [7], time: 2 },
    ])
  })

  it('asks for the next piece when all samples of the last have been taken, in lists of 64 at most', async () => {
    let given = 0
    async function* flood(): AsyncGenerator<string, void> {
      yield 'a,b,y\n'
      for (;;) {
        given++
        await Promise.resolve()
        yield '1,2,3\n'.repeat(150)
      }
    }
    const sizes: number[][] = []
    for await (const { length } of samplesOf(flood(), columns)) if (sizes.push([length, given]) === 4) break
    expect(sizes).toEqual([
      [64, 1],
      [64, 1],
      [22, 1],
      [64, 2],
    ])
  })

  it('refuses a text without lines before it fills the memory', async () => {
    async function* endless(): AsyncGenerator<string, void> {
      for (;;) {
        await Promise.resolve()
        yield '1'.repeat(2 ** 16)
      }
    }
    await expect(all(samplesOf(endless(), columns))).rejects.toThrow('characters')
  })

  it.each([
    [['a,b', '1,2'], "no 'y'"],
    [['{"a":1,"b":2,"yy":3}'], "no 'y' (did you mean "],
    [['a,b,y', '1,2'], 'line 2 of the stream has 2 cells, and the header 3'],
    [['a,b,y', '1,x,3'], "line 2 of the stream has x in 'b', which is no finite number"],
    [['{"a":1,"b":2,"y":3}', '{"a":'], 'line 2 of the stream is no JSON'],
    [['{"a":1,"b":2,"y":3}', '[1]'], 'JSON, but no object'],
    [['a,b,y', '1,"2,3'], 'quotes'],
  ])('refuses %j', async (texts, message) => {
    await expect(all(samplesOf(lines(...texts), columns))).rejects.toThrow(message)
  })
})

describe('the summary of a stream', () => {
  it('counts errors, those of the last tenth, and those of persistence at the horizon', () => {
    let now = 5
    const two = summariser(() => now, 2)
    for (let t = 0; t < 1000; t++) two.add([t < 850 ? t : 3 * t], t < 900 ? 3 : 1)
    now = 8
    const { samples, error, lastError, persistence, lastPersistence, seconds } = two.summary()
    expect([samples, seconds, lastPersistence]).toEqual([1000, 3, 6])
    expect(persistence).toBeGreaterThan(6)
    expect(error).toBeCloseTo(Math.sqrt(0.9 * 9 + 0.1), 12)
    expect(lastError).toBeGreaterThanOrEqual(1)
    expect(lastError).toBeLessThan(1.2)
  })

  it('leaves samples without a target out', () => {
    const one = summariser(() => 0)
    one.add([NaN], NaN)
    expect(one.summary()).toEqual({
      samples: 1,
      error: null,
      lastError: null,
      persistence: null,
      lastPersistence: null,
      seconds: 0,
    })
  })
})
