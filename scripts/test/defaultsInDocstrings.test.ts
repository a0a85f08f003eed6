/** A docstring that repeats the default of a declared option agrees with the declaration. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesUnder, workspaceFolders } from '../lib/files.mjs'

type Stated = { readonly what: string; readonly stated: string; readonly declared: string }

/** An option with its docstring, up to its end at the same indent. */
const option = /^( +)\/\*\*((?:(?!\*\/)[^])*)\*\/\n\1(\w+): (?:\w+)\(([^]*?)(?:^\1\}\)|\),$)/gm

/** A default in a docstring: `Default 8`, `default 0.05`, `Default: true`, `2 by default`, `True (the default)`. */
const value = '`?(−?(?<![\\d.])\\d+(?:\\.\\d+)?(?:e[-−]?\\d+)?|[Tt]rue|[Ff]alse|[\\w-]+`)`?'
const forms = [
  new RegExp(`\\b[Dd]efault:? ${value}(?![\\w/(]|\\.\\d)`),
  new RegExp(`${value} (?:by default|\\(the default\\))`),
]

const plain = (text: string): string =>
  text.replaceAll(/[`'"]/g, '').replaceAll('−', '-').replaceAll('_', '').toLowerCase()

/** The same number, word or truth. */
const agree = (a: string, b: string): boolean =>
  plain(a) === plain(b) || (Number.isFinite(Number(plain(a))) && Number(plain(a)) === Number(plain(b)))

/** The defaults that docstrings of a source state of options whose declaration has a literal default. */
function statedIn(text: string): readonly Stated[] {
  return [...text.matchAll(option)].flatMap(([, , doc = '', name = '', call = '']) => {
    const declared = /\b(?:default|fallback): ('[^']*'|-?[\d._e-]+|true|false)(?=[,\s}])/.exec(call)?.[1]
    const prose = doc.replaceAll(/\n\s*\* ?/g, ' ')
    const stated = forms.map((form) => form.exec(prose)?.[1]).find((one) => one !== undefined)
    return declared === undefined || stated === undefined ? [] : [{ what: name, stated, declared }]
  })
}

const sources = workspaceFolders().flatMap((folder) => filesUnder(join(folder, 'src'), /\.ts$/))

const all = sources.flatMap((file) =>
  statedIn(readFileSync(file, 'utf8')).map((one) => ({ ...one, what: `${file}: ${one.what}` })),
)

test('docstrings state defaults of declared options', () => {
  expect(all.length).toBeGreaterThan(50)
})

test('each is the default that is declared', () => {
  expect(all.filter(({ stated, declared }) => !agree(stated, declared))).toEqual([])
})

describe('the reader', () => {
  const source = (doc: string, declared: string): string =>
    `  /** ${doc} */\n  rate: number({ min: 0, default: ${declared}, help: 'rate' }),\n`
  test.each([
    ['K, default 8: directions.', '8', true],
    ['The rate; 0.001 by default.', '1e-3', true],
    ['True (the default): it acts.', 'true', true],
    ['The rule. Default `mean`.', "'mean'", true],
    ['K, default 8: directions.', '9', false],
    ['True by default.', 'false', false],
    ['The rule. Default `mean`.', "'sum'", false],
  ])('%s, declared %s: %s', (doc, declared, holds) => {
    expect(statedIn(source(doc, declared)).map((one) => agree(one.stated, one.declared))).toEqual([holds])
  })
})
