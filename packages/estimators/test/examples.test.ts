import { readFileSync, readdirSync } from 'node:fs'
import { runInThisContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import * as core from '@spikeward/core'
import { spikingLoss } from '@spikeward/testkit'
import * as estimators from '../src/index.js'

const source = new URL('../src/', import.meta.url)

/** An exported function: the text of its docstring without the stars, and its declared types. */
type Documented = { readonly name: string; readonly text: string; readonly signature: string }

const sources = readdirSync(source).filter((f) => f.endsWith('.ts') && f !== 'index.ts')
const documented: readonly Documented[] = sources.flatMap((file) =>
  [
    ...readFileSync(new URL(file, source), 'utf8').matchAll(
      /(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?export function (\w+)([^]*?) \{\n/g,
    ),
  ]
    .map(([, doc = '', name, signature]) => ({ name: name!, text: doc.replace(/^ \* ?/gm, ''), signature: signature! }))
    .filter(({ name }) => name in estimators),
)

/** Those that make an estimator: all estimators and combinators. */
const factories = documented.filter(({ signature }) => /\): Estimator<.*>$/.test(signature))

const examplesOf = ({ text }: Documented): string[] =>
  text
    .split(/^@example\s/m)
    .slice(1)
    .map((example) => example.split(/^@/m)[0]!.trim())

/** What an example finds: all of core and of this package, and a spiking network of one hidden layer, 13 parameters. */
const scope: Readonly<Record<string, unknown>> = { ...core, ...estimators, ...spikingLoss() }

const evaluate = (code: string): Promise<unknown> => {
  // A block of its own: an example may call a result `grad`, as core calls a function.
  const body = `async ({ ${Object.keys(scope).join(', ')} }) => {\n{\n${code}\n}\n}`
  return (runInThisContext(body) as (s: typeof scope) => Promise<unknown>)(scope)
}

/** Half a unit of the last digit that is written; next to nothing where none is behind the point. */
const tolerance = (written: string): number => {
  const digits = Math.max(0, ...[...written.matchAll(/\.(\d+)/g)].map(([, d]) => d!.length))
  return digits === 0 ? 1e-5 : 0.5 * 10 ** -digits
}

const listed = (x: unknown): unknown[] =>
  Array.isArray(x) ? x : ArrayBuffer.isView(x) ? [...(x as Float32Array)] : [x]

describe('docstrings', () => {
  it('are found for every function that is exported', () => {
    const functions = Object.entries(estimators).filter(([, value]) => typeof value === 'function')
    expect(documented.map(({ name }) => name).sort()).toEqual(functions.map(([name]) => name).sort())
    expect(factories.map(({ name }) => name)).toEqual(expect.arrayContaining(['bp', 'mezo', 'perBlock', 'withCosine']))
  })

  it.each(factories.map((f) => [f.name, f] as const))(
    '%s names its equation, cost, bias, variance and source',
    (_name, { text }) => {
      expect(text, 'equation').toMatch(/^.*([ĝδΔ∇].*=|=.*[ĝδΔ∇]).*$/mu)
      expect(text, 'cost').toMatch(/Cost: /)
      expect(text, 'bias').toMatch(/Bias(: | and variance: )/)
      expect(text, 'variance').toMatch(/variance/i)
      expect(text, 'source').toMatch(/^@see \S/m)
    },
  )

  it.each(documented.map((d) => [d.name, d] as const))('the example of %s runs as it says', async (_name, d) => {
    const examples = examplesOf(d)
    expect(examples.length, 'an @example').toBeGreaterThan(0)
    for (const example of examples) {
      const lines = example.split('\n')
      const [, expression, expected] = /^;?(.*?) \/\/ (.*)$/.exec(lines.at(-1)!) ?? []
      expect(expected, 'the last line says what it gives').toBeDefined()
      const found = listed(await evaluate(`${lines.slice(0, -1).join('\n')}\nreturn (${expression!})`))
      const written = listed(await evaluate(`return ${expected!}`))
      const agree = found.map((x, i) => {
        const w = written[i]
        return typeof x === 'number' && typeof w === 'number' ? Math.abs(x - w) <= tolerance(expected!) : x === w
      })
      const told = `it gives ${JSON.stringify(found)}, the docstring says ${expected!}`
      expect(found.length === written.length && agree.every(Boolean), told).toBe(true)
    }
  })
})
