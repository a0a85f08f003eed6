import { expect, test } from 'vitest'
import { sha256Of } from '../../src/node.js'

/** Names of stored files and jobs contain these digits: they must never change. */
test('is SHA-256, of texts and bytes one after the other', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  expect(sha256Of(['abc'])).toBe(abc)
  expect(sha256Of(['a', new TextEncoder().encode('b'), 'c'])).toBe(abc)
  expect(sha256Of([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(sha256Of(['é'])).toBe(sha256Of([Uint8Array.of(0xc3, 0xa9)]))
})
