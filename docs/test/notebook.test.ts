/** The cells of the notebook, in Deno's kernel by its protocol: what they show, and where. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { build } from 'esbuild'
import { afterAll, expect, test } from 'vitest'
import { runtime } from '../../scripts/runtimes/runtimes.mjs'
import { type Message, startKernel } from './support/kernel.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-notebook-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The two packages that the notebook imports, each entry as one file of the folder's node_modules. */
async function installPackages(): Promise<void> {
  const packages = fileURLToPath(new URL('../../packages', import.meta.url))
  await build({
    entryPoints: {
      'spikeward/notebook': join(packages, 'spikeward/src/notebook.ts'),
      '@spikeward/core/index': join(packages, 'core/src/index.ts'),
    },
    outdir: join(folder, 'node_modules'),
    // esbuild was loaded in the folder of another test, which may be gone.
    absWorkingDir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@spikeward/source'],
    external: ['@resvg/resvg-js', '*.node'],
  })
  const names = { spikeward: { './notebook': './notebook.js' }, '@spikeward/core': { '.': './index.js' } }
  for (const [name, exports] of Object.entries(names)) {
    const manifest = JSON.stringify({ name, version: '0.1.0', type: 'module', exports })
    mkdirSync(join(folder, 'node_modules', name), { recursive: true })
    writeFileSync(join(folder, 'node_modules', name, 'package.json'), manifest)
  }
  const dependencies = { spikeward: '^0.1.0', '@spikeward/core': '^0.1.0' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', dependencies }))
}

type Shown = { readonly data: Readonly<Record<string, string>>; readonly transient?: { readonly display_id?: string } }
const of = (messages: readonly Message[], type: string): readonly Shown[] =>
  messages.filter((message) => message.type === type).map(({ content }) => content as Shown)

test("its cells run in Deno's kernel, and show tensors, a training, a run and a figure", async (context) => {
  const deno = runtime('deno')
  if (deno === undefined) return context.skip('no Deno on this machine; npm ci in scripts/runtimes installs it')
  await installPackages()
  const notebook = JSON.parse(
    readFileSync(new URL('../../apps/create-spikeward/templates/notebook/first.ipynb', import.meta.url), 'utf8'),
  ) as { readonly cells: readonly { readonly cell_type: string; readonly source: readonly string[] }[] }
  const cells = notebook.cells.filter(({ cell_type: type }) => type === 'code').map(({ source }) => source.join(''))
  await using kernel = await startKernel(deno, folder)
  const results: Shown[] = []
  const drawn: Message[][] = []
  for (const cell of cells) {
    const messages = await kernel.run(cell.replace('steps: 300', "steps: 60, backend: 'cpu', baselines: 'none'"))
    expect(of(messages, 'error')).toEqual([])
    results.push(...of(messages, 'execute_result'))
    drawn.push(messages.filter(({ type }) => /display_data$/.test(type)))
  }
  const [tensor, run, figure, value] = results.map(({ data }) => data)
  expect(tensor!['text/html']).toBe(
    '<table><tr><td>1</td><td>2.5</td></tr><tr><td>-3</td><td>4</td></tr></table><p>Tensor f32[2,2] on reference</p>',
  )
  expect(run!['text/html']).toMatch(/<td>relative L2 on the test points<\/td><td>0\.\d{4}<\/td>.*<svg/s)
  expect(figure!['application/vnd.vegalite.v5+json']).toHaveProperty(
    '$schema',
    'https://vega.github.io/schema/vega-lite/v6.json',
  )
  expect(figure!['image/svg+xml']).toMatch(/^<svg/)
  expect(Number(stripVTControlCharacters(value!['text/plain']!))).toBeGreaterThan(0)
  // The training: one figure, and later ones in its place.
  const [, training = []] = drawn
  const places = new Set(training.map(({ content }) => (content as Shown).transient?.display_id))
  expect(training.map(({ type }) => type)).toEqual([
    'display_data',
    ...training.slice(1).map(() => 'update_display_data'),
  ])
  expect([training.length > 1, places.size]).toEqual([true, 1])
})
