import { expect, it } from 'vitest'
import { isShallow, parseJson } from '../../src/node.js'

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
const records = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels)

it('takes JSON of 200 levels and no more, without a deep stack', () => {
  for (const text of [nested(200), records(200), '1', '{"a":[1,{"b":null}]}', `[${'[],'.repeat(1e5)}0]`])
    expect(parseJson(text)).toEqual(JSON.parse(text))
  for (const text of [nested(202), records(202), nested(100_000), records(100_000)])
    expect(() => parseJson(text)).toThrow(/more than 200 levels inside one another/)
  expect(() => parseJson('{')).toThrow(SyntaxError)
  expect([isShallow([[1]], 2), isShallow([[1]], 1), isShallow(1, 0)]).toEqual([true, false, true])
})
