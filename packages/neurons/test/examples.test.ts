import { runInThisContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import * as core from '@spikeward/core'
import * as neurons from '../src/index.js'
import { documented, examples } from './examples.js'
import type { Example } from './examples.js'

const scope: Readonly<Record<string, unknown>> = { ...core, ...neurons }

/** What the example's last line gives, with all that core and neurons export in reach. */
function run({ code, expression }: Example): Promise<unknown> {
  const body = `async ({ ${Object.keys(scope).join(', ')} }) => {\n${code}\nreturn (${expression.replace(/^;/, '')})\n}`
  return (runInThisContext(body) as (s: typeof scope) => Promise<unknown>)(scope)
}

/** Half a unit of the last digit that is written. */
const tolerance = (written: string): number =>
  0.5 * 10 ** -Math.max(0, ...written.split(/[,\s[\]]+/).map((n) => n.split('.')[1]?.length ?? 0)) + 1e-6

describe('examples', () => {
  it('every model, surrogate, encoder, readout and convention has one', () => {
    const without = documented()
      .filter(({ file, name }) => /^(models|surrogates|encoders|readouts)\/|^conventions/.test(file) && name in neurons)
      .filter(({ text }) => !text.includes('@example'))
    expect(without.map(({ name }) => name)).toEqual([])
  })

  it.each(examples().map((e) => [`${e.file} ${e.name}`, e] as const))('%s', async (_title, example) => {
    expect(example.expected, 'the last line says what it gives').not.toBe('')
    const given = await run(example)
    const found = typeof given === 'number' ? [given] : Array.from(given as ArrayLike<number>)
    const expected = [JSON.parse(example.expected) as number | number[]].flat()
    expect(found).toHaveLength(expected.length)
    const off = found.map((v, i) => Math.abs(v - expected[i]!))
    const close = off.every((d) => d <= tolerance(example.expected))
    expect(close, `it gives ${JSON.stringify(found)}, the docstring says ${example.expected}`).toBe(true)
  })
})
