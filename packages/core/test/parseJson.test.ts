import { expect, it } from 'vitest'
import { isShallow, parseJson } from '../src/index.js'

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
const records = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels)

it('takes JSON of 200 levels and no more, without a deep stack', () => {
  for (const text of [nested(200), records(200), '1', '{"a":[1,{"b":null}]}', `[${'[],'.repeat(1e5)}0]`])
    expect(parseJson(text)).toEqual(JSON.parse(text))
  for (const text of [nested(202), records(202), nested(100_000), records(100_000)])
    expect(() => parseJson(text)).toThrow(/nested more than 200 levels deep/)
  expect(() => parseJson('{')).toThrow(SyntaxError)
  expect([isShallow([[1]], 2), isShallow([[1]], 1), isShallow(1, 0)]).toEqual([true, false, true])
})

it('refuses a name that a record has twice, and no other', () => {
  for (const text of [
    '{"a":1,"a":1}',
    '[{"b":{"c":[{"a":1,"d":"x","a":2}]}}]',
    String.raw`{"a":1,"\u0061":2}`,
    '{"":0,"":1}',
    '{"__proto__":1,"__proto__":2}',
    '{"a":{},"b":[],"a":null}',
  ])
    expect(() => parseJson(text)).toThrow(/^the name ".*" occurs twice in one record$/)
  expect(() => parseJson(`{"${'a'.repeat(1e6)}":1,"${'a'.repeat(1e6)}":1}`)).toThrow(/^.{1,100}$/)
  for (const text of [
    '{"a":{"a":{"a":1}},"b":"a"}',
    '[{"a":1},{"a":1}]',
    '["a","a","a"]',
    '{"a":["a","a",{"b":"b"}],"b":"b","c":"a"}',
    String.raw`{"a":"\",\"a\":1,\"a\":2","b\\":"{","b":"}","\\b":[]}`,
    ' { "a" : [ ] , "b" : { } , "c" : -1e5 } ',
    '{"__proto__":1,"toString":2,"constructor":3}',
  ])
    expect(parseJson(text)).toEqual(JSON.parse(text))
})
