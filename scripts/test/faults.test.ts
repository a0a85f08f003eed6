import { expect, test } from 'vitest'
import { faultsIn, withFault } from '../lib/faults.mjs'

test('lists a fault for each operator, number, boolean and condition, and none of types or of sums of text', () => {
  const text = `export function f(a: 1 | true, b = true) { if (a > 2) return a + 'x'; return a === 3 && b }`
  expect(faultsIn(text).map((fault) => withFault(text, fault).slice(text.indexOf('true) {')))).toEqual([
    `false) { if (a > 2) return a + 'x'; return a === 3 && b }`,
    `true) { if (!(a > 2)) return a + 'x'; return a === 3 && b }`,
    `true) { if (a >= 2) return a + 'x'; return a === 3 && b }`,
    `true) { if (a > (2 + 1)) return a + 'x'; return a === 3 && b }`,
    `true) { if (a > 2) return a + 'x'; return a !== 3 && b }`,
    `true) { if (a > 2) return a + 'x'; return a === (3 + 1) && b }`,
    `true) { if (a > 2) return a + 'x'; return a === 3 || b }`,
  ])
})
