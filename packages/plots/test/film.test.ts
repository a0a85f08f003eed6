import { decodeApng } from 'fast-png'
import { expect, test } from 'vitest'
import { eventFilmSvg, filmPng } from '../src/node.js'

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

test('a film of events shows a name as it is written, and a field that is constant', () => {
  const flat = [2, 2]
  const svg = eventFilmSvg({
    name: 'u < 1 & v',
    step: 1,
    truth: [flat, flat],
    fields: [flat],
    messages: [[0, 0]],
    operations: [0],
    dense: 1,
  })
  expect(svg).toContain('<title>u &lt; 1 &amp; v:')
  expect(svg).not.toContain('NaN')
})

test('a film of events moves the field, its messages, and the part of the dense operations so far', () => {
  const svg = eventFilmSvg({
    ...{
      name: 'front',
      step: 0.5,
      truth: [
        [0, 1],
        [0, 1],
        [1, 1],
      ],
      fields: [
        [0, 1],
        [1, 1],
      ],
    },
    ...{
      messages: [
        [2, 0],
        [0, 0],
      ],
      operations: [5, 0],
      dense: 10,
    },
  })
  for (const words of ['t = 0.50', 't = 1.00', '50 % of the dense', '25 % of the dense', 'M0 240v-50'])
    expect(svg).toContain(words)
  expect(svg.match(/dur="1s"/g)!.length).toBeGreaterThan(6)
})
