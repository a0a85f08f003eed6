/**
 * Errors of f32 operations against double precision, on every backend of this machine; docs/reliability/index.md shows
 * them.
 */
import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { type Accuracy, measureAccuracy, operations } from '../src/measureAccuracy.js'
import { everyBackend } from '../src/parts/programs.js'

const page = readFileSync(new URL('../../../docs/reliability/index.md', import.meta.url), 'utf8')
const backends = await everyBackend()
afterAll(async () => {
  for (const { backend } of backends) await backend[Symbol.asyncDispose]()
})

describe.each(backends)('$name', ({ backend }) => {
  test('keeps to the bounds of the contract', async () => {
    const found: Accuracy = await measureAccuracy(backend, 4000)
    for (const { name, bound } of operations) expect([name, found[name]! <= bound]).toEqual([name, true])
    expect(found['sum of 4096']).toBeLessThan(4096)
    expect(found['product over 256']).toBeLessThan(256)
  })
})

test('the page states each bound', () => {
  for (const { name, bound } of operations) expect(page).toContain(`| \`${name}\` | ${bound} |`)
})
