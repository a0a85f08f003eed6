import { decodeApng } from 'fast-png'
import { expect, test } from 'vitest'
import { filmPng } from '../src/node.js'

const values = Float64Array.from({ length: 24 }, (_, i) => i)

test('a film has a frame for each time, in the colours of a range', () => {
  const film = decodeApng(filmPng(values, [3, 2, 4]))
  expect([film.width, film.height, film.frames.length]).toEqual([4, 2, 3])
  const picture = decodeApng(filmPng(values, [1, 4, 6], [6, 12]))
  expect([picture.width, picture.height]).toEqual([6, 4])
})

test('values beyond the range have the colours of its ends, and equal ones the first', () => {
  const bytes = (v: readonly number[], range?: readonly [number, number]): Buffer =>
    Buffer.from(filmPng(v, [1, 1, v.length], range))
  expect(bytes([-5, 0, 1, 9], [0, 1])).toEqual(bytes([0, 0, 1, 1]))
  expect(bytes([2, 2])).toEqual(bytes([0, 0]))
})
