/** Each term of the glossary is defined once, in one sentence. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './support/markdown.js'

const text = await readFile(join(root, 'docs/glossary.md'), 'utf8')
const own = text.slice(text.indexOf('## Terms of this project'), text.indexOf('## Standard terms'))
const terms = [...own.matchAll(/^\| (?!term |---)([^|]+) \| (.+) \|$/gm)].map(([, term, meaning]) => [term!, meaning!])

describe('the glossary', () => {
  it('defines each term once, in alphabetical order', () => {
    const names = terms.map(([term]) => term!)
    expect(names.length).toBeGreaterThan(15)
    expect(names).toEqual([...new Set(names)].sort((a, b) => a.localeCompare(b)))
  })

  it.each(terms)('defines %s in one sentence', (_, meaning) => {
    expect(meaning).toMatch(/^[A-Z].*\.$/)
    expect(meaning).not.toMatch(/\. [A-Z]/)
  })
})
