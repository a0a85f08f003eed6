import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

const root = new URL('../../../', import.meta.url)
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8')
const text = await read('CONTRIBUTING.md')
const rows = [...text.matchAll(/^\| a[n]? [^|]*like `(\w+)` \| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$/gm)]

describe('what CONTRIBUTING says of adding things', () => {
  it('names three examples', () => expect(rows.length).toBe(3))

  it.each(rows.map(([, name, file, index, test]) => [name!, file!, index!, test!]))(
    '%s is its file, its export and its row, and is shown as it is',
    async (name, file, index, test) => {
      const source = await read(file)
      expect(source).toContain(`export function ${name}`)
      expect(text).toContain(source.slice(source.indexOf('export function')).trimEnd())
      expect(await read(index)).toContain(name)
      expect(await read(test)).toMatch(new RegExp(`describe\\w+\\(.*\\b${name}\\b`))
    },
  )
})
