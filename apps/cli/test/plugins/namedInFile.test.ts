/** A network in a file names the problem that it learned, and its surrogate: a plug-in is not loaded on its word. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type NirGraph, doubles, withProblem, writeNir } from '@spikeward/nir'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-named-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const end = (type: string) => ({ type, parameters: { shape: doubles([1], [1]) }, metadata: {} })
const graph: NirGraph = {
  type: 'NIRGraph',
  nodes: { input: end('Input'), output: end('Output') },
  edges: [['input', 'output']],
  metadata: {},
}

test.each(['#problem', ''])('%s of a file beside it', async (exported) => {
  const touched = join(folder, 'touched')
  const other = join(folder, exported === '' ? 'other.json' : 'other.mjs')
  writeFileSync(other, `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(touched)}, '')`)
  const nir = join(folder, 'model.nir')
  writeFileSync(nir, await writeNir(withProblem(graph, `${other}${exported}`)))
  const out = join(folder, 'run')
  const { code, err } = await run('import', nir, '--out', out)
  expect([code, existsSync(touched), existsSync(out)]).toEqual([2, false, false])
  expect(err).toMatch(/may not load; if you trust that problem, name it with --problem \[CLI_USAGE\]/)
})

test.each([
  ['import', ['--problem', 'parabola']],
  ['train', ['parabola']],
])('%s of a surrogate beside it, or in an option', async (command, words) => {
  const touched = join(folder, 'touched')
  const other = join(folder, 'surrogate.mjs')
  writeFileSync(other, `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(touched)}, '')`)
  for (const surrogate of [`${other}#f`, `atan(alpha=${other}#f)`]) {
    const nir = join(folder, 'surrogate.nir')
    writeFileSync(nir, await writeNir({ ...graph, metadata: { spikeward_surrogate: surrogate } }))
    const out = join(folder, 'run')
    const file = command === 'import' ? [nir] : ['--network', `nir:${nir}`]
    const { code, err } = await run(command, ...words, ...file, '--out', out)
    expect([code, existsSync(touched), existsSync(out)]).toEqual([2, false, false])
    expect(err).toMatch(/may not load; if you trust that surrogate, name it with --surrogate \[CLI_USAGE\]/)
  }
})
