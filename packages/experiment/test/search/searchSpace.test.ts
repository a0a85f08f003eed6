import { describe, expect, test } from 'vitest'
import { configOf } from '../../src/config/configOf.js'
import { spaceOf } from '../../src/search/searchSpace.js'

const config = await configOf(
  'poisson-1d',
  { backend: 'reference', key: 0, force: false, json: false, quiet: true },
  { err: () => undefined },
)

describe('dimensions of a search', () => {
  test('are the declared settings of a run, the sizes of its network, and options of what it uses', async () => {
    const texts = ['derivative=exact|stencil', 'hard', 'collocation=10..200', 'branch=8..64', 'directions=1..4']
    expect(await spaceOf(texts, config)).toEqual([
      { name: 'derivative', kind: 'choice', choices: ['exact', 'stencil'] },
      { name: 'hard', kind: 'choice', choices: [true, false] },
      { name: 'collocation', kind: 'integer', low: 10, high: 200, log: true },
      { name: 'branch', kind: 'integer', low: 8, high: 64, log: false },
      { name: 'directions', kind: 'integer', low: 1, high: 4, log: false },
    ])
  })

  test('take the bounds of a declaration, and need a range where it has none', async () => {
    expect(await spaceOf(['b1'], config)).toEqual([expect.objectContaining({ name: 'b1', low: 0, high: 0.999 })])
    await expect(spaceOf(['batch'], config)).rejects.toThrow(/give a range/)
  })

  test.each(['steps=10..20', 'seconds=1..2'])('do not set how long a run is: %s', async (text) => {
    await expect(spaceOf([text], config)).rejects.toThrow(/no option has this name/)
  })
})
