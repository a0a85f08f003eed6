import { readFile, readdir } from 'node:fs/promises'
import { expect, it } from 'vitest'

const src = new URL('../src/', import.meta.url)

it('imports nothing of Node outside src/node, so that it runs in a page and in a Worker', async () => {
  const files = (await readdir(src, { recursive: true })).filter((f) => f.endsWith('.ts') && !/^node(\.ts$|\/)/.test(f))
  expect(files.length).toBeGreaterThan(10)
  for (const file of files) {
    // `process?.` is a check that there is one.
    const text = await readFile(new URL(file, src), 'utf8')
    expect(text, file).not.toMatch(
      /from '(node:|(\.\.?\/)+node\/|@spikeward\/\w+\/node')|\bprocess[.[]|\b(Buffer|require|__dirname)\b/,
    )
  }
})
