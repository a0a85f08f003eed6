/** The files of `examples` that pages show are the same as on the page. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './support/markdown.js'

it('examples/plate.json is the plate of the page on equations', async () => {
  const page = await readFile(join(root, 'docs/own/equation.md'), 'utf8')
  const shown = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']) => text)
  expect(shown).toContain(await readFile(join(root, 'examples/plate.json'), 'utf8'))
})
