/** A select box whose change is refused keeps the value that it shows. */
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { build } from 'vite'
import { launch, noBrowser } from '../support/browser.js'

const component = fileURLToPath(new URL('../../src/components/settings/Field.svelte', import.meta.url))

const program = `
import { mount } from 'svelte'
import Field from ${JSON.stringify(component)}
const options = [['a', 'first'], ['b', 'second']]
mount(Field, { target: document.body, props: { label: 'Letter', value: 'a', options, onChange: () => undefined } })
`

/** The program as one script. */
async function bundled(): Promise<string> {
  const entry = {
    name: 'entry',
    resolveId: (id: string) => (id === 'virtual:entry' ? id : undefined),
    load: (id: string) => (id === 'virtual:entry' ? program : undefined),
  }
  const built = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [entry, svelte({ configFile: false })],
    build: { write: false, rollupOptions: { input: 'virtual:entry', output: { format: 'iife' } } },
  })
  if (Array.isArray(built) || !('output' in built)) throw new Error('one build is expected')
  const chunk = built.output.find((file) => file.type === 'chunk')
  return chunk?.type === 'chunk' ? chunk.code : ''
}

test('a refused choice is not chosen in the select box either', async (context) => {
  if (noBrowser !== null) return context.skip(noBrowser)
  const browser = await launch(false)
  try {
    const page = await browser.newPage()
    await page.addScriptTag({ content: await bundled() })
    const select = page.locator('select')
    await select.selectOption('b')
    expect(await page.locator('.choice > span').textContent()).toBe('first')
    expect(await select.inputValue()).toBe('a')
  } finally {
    await browser.close()
  }
})
