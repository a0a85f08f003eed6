import { createHash } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { problemsOf } from '../../lib/licences.mjs'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-licence-'))
const text = 'Do as you like.'
writeFileSync(join(folder, 'LICENSE.txt'), text)
const sha256 = createHash('sha256').update(text).digest('hex')
const reviewed = [{ name: 'own-text', file: 'LICENSE.txt', sha256, why: 'read' }]
const judge = (name: string, licence: string): string[] =>
  problemsOf([{ name, versions: ['1.0.0'], licence, folder }], { allowed: ['MIT', 'ISC'], reviewed })

test.each(['MIT', 'MIT OR GPL-3.0', '(GPL-3.0 OR ISC)', 'MIT AND ISC'])('%s is allowed', (licence) => {
  expect(judge('some', licence)).toEqual([])
})

test.each(['GPL-3.0', 'MIT AND GPL-3.0', 'Unknown'])('%s is not', (licence) => {
  expect(judge('some', licence)).toEqual([expect.stringContaining(licence)])
})

test('a text that was reviewed is allowed until it changes', () => {
  expect(judge('own-text', 'Unknown')).toEqual([])
  writeFileSync(join(folder, 'LICENSE.txt'), 'Pay.')
  expect(judge('own-text', 'Unknown')).toEqual([expect.stringContaining('differs')])
})
