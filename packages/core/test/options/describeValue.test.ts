import { expect, it } from 'vitest'
import { integers, describeValue, readOptions } from '../../src/index.js'

const million = Array.from({ length: 1e6 }, (_, i) => i)

it.each<[unknown, string]>([
  ['8', 'the text "8"'],
  [undefined, 'undefined'],
  [null, 'null'],
  [[32, 32], '[32, 32]'],
  [[[1, 2], ['a']], '[[1, 2], [a]]'],
  [million, 'a list of 1000000: [0, 1, 2, …]'],
  [[1, million], '[1, a list of 1000000]'],
  [[[[[1]]]], '[[[a list of 1]]]'],
  [new Float32Array(8), 'a Float32Array of 8'],
  [[new Int32Array(2)], '[an Int32Array of 2]'],
  [new DataView(new ArrayBuffer(4)), 'a DataView'],
  ['x'.repeat(1e6), `the text ${JSON.stringify('x'.repeat(80))}… of 1000000 characters`],
  [['x'.repeat(1e6)], `[${'x'.repeat(80)}…]`],
  [describeValue, 'the function describeValue: call it'],
  [
    (
      () => () =>
        1
    )(),
    'a function without a name: call it',
  ],
  [Promise.resolve(1), 'a promise: await it'],
])('case %#', (value, text) => {
  expect(describeValue(value)).toBe(text)
})

it('a list that holds itself is printed', () => {
  const own: unknown[] = [1]
  own.push(own)
  expect(describeValue(own)).toBe('[1, [1, [1, a list of 2]]]')
})

it('the message on an option is as short', () => {
  const options = { hidden: integers({ min: 1, default: [32], help: 'units of the layers' }) }
  const message = (hidden: unknown) => () => readOptions('mlp', options, { hidden })
  expect(message(million)).toThrow(/hidden is a list of 1000000: \[0, 1, 2, …\]; it must be/)
  expect(message(new Float32Array(8))).toThrow(/hidden is a Float32Array of 8; it must be/)
  expect(message('x'.repeat(1e6))).toThrow(/hidden is the text "x{80}"… of 1000000 characters; it must be/)
})
