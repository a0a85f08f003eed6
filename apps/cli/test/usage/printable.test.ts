import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type NirGraph, writeNir } from '@spikeward/nir'
import { printable } from '../../src/io/processIo.js'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-printable-'))
/** Clears the screen, renames the window, and begins a colour with one character. */
const hostile = '\u001b[2J\u001b]0;x\u0007\u009b31m\u202e'
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

test('control characters are written as escapes, in which JSON keeps its meaning', () => {
  const record = { [hostile]: ['a\tb\n', '\\', 'é→漢'] }
  const text = `${JSON.stringify(record)}\n`
  expect(printable(text)).not.toMatch(controls)
  expect(JSON.parse(printable(text))).toEqual(record)
  expect(printable('x\ty\n')).toBe('x\ty\n')
})

const graphWith = (type: string, name = 'node'): NirGraph => {
  const end = (of: string) => ({
    type: of,
    parameters: { shape: { shape: [1], data: BigInt64Array.of(1n) } },
    metadata: {},
  })
  return {
    type: 'NIRGraph',
    nodes: { input: end('Input'), [name]: { type, parameters: {}, metadata: {} }, output: end('Output') },
    edges: [
      ['input', name],
      [name, 'output'],
    ],
    metadata: {},
  }
}

test('names in files of others reach a terminal without commands', async () => {
  const nir = join(folder, 'model.nir')
  for (const graph of [graphWith(hostile), graphWith('Other', hostile)]) {
    writeFileSync(nir, await writeNir(graph))
    const { code, out, err } = await run('nir', 'check', nir)
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/^error: .*\\u001b\[2J.*\]\n$/)
    expect(err).not.toMatch(controls)
  }
  const table = join(folder, 'table.csv')
  writeFileSync(table, `x,${hostile}\n1,2\n2,3\n`)
  const { err } = await run('train', '--data', table, '--inputs', 'x', '--outputs', 'none')
  expect(err).toMatch(/\\u001b\[2J/)
  expect(err).not.toMatch(controls)
})

test('an error does not repeat a megabyte of a file, and keeps its code', async () => {
  const nir = join(folder, 'long.nir')
  writeFileSync(nir, await writeNir(graphWith('x'.repeat(1 << 20))))
  const { err } = await run('nir', 'check', nir)
  expect(err.length).toBeLessThan(5000)
  expect(err).toMatch(/^error: .*… \(\d+ more characters\) \[NIR_[A-Z]+\]\n$/)
})
