/**
 * The quick start in Node, Deno and Bun: as the page has it but for 60 steps, and without fused multiply-adds, where
 * the bits of every loss are the same in all three.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runtime } from '../../scripts/runtimes/runtimes.mjs'
import { blocks } from './support/blocks.js'

const docs = fileURLToPath(new URL('..', import.meta.url))
const run = promisify(execFile)
const runtimes: readonly (readonly [name: string, program: string | undefined, args: readonly string[]])[] = [
  ['Node', process.execPath, []],
  ['Deno', runtime('deno'), ['run', '--allow-all', '--quiet']],
  ['Bun', runtime('bun'), ['run']],
]
let folder = ''
const outputs = new Map<string, string>()

/** The program, with fewer steps, and with all digits of the losses: equal lines mean equal bits. */
const short = (code: string): string =>
  code
    .replace('steps: 300', 'steps: 60')
    .replace('every: 100', 'every: 20')
    .replace('event.loss.toFixed(4)', 'event.loss')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-runtimes-'))
  const programs = (await blocks()).filter(({ page, language }) => page === 'start/node.md' && language === 'ts')
  const codeWith = (text: string): string => {
    const found = programs.find(({ code }) => code.includes(text))
    if (found === undefined) throw new Error(`start/node.md has no program with ${text}`)
    return found.code
  }
  const begin = codeWith("from 'spikeward'").replace('steps: 300', "steps: 20, backend: 'cpu'")
  const written = short(codeWith("from '@spikeward/operators'"))
  const exact = written.replace('await cpu()', 'await cpu({ relaxedSimd: false })')
  expect(exact).not.toBe(written)
  for (const [name, contents] of Object.entries({ begin, written, exact })) {
    const { outputFiles } = await build({
      absWorkingDir: docs,
      stdin: { contents, resolveDir: docs, loader: 'ts' },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      conditions: ['@spikeward/source'],
    })
    await writeFile(join(folder, `${name}.mjs`), outputFiles[0]!.text)
  }
  await writeFile(
    join(folder, 'main.mjs'),
    "await import('./written.mjs')\nconsole.log('--')\nawait import('./exact.mjs')\n",
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test.for(runtimes)('%s trains by one call', async ([name, program, args], context) => {
  if (program === undefined) return context.skip(`no ${name} on this machine; npm ci in scripts/runtimes installs it`)
  const { stdout } = await run(program, [...args, join(folder, 'begin.mjs')])
  expect(stdout).toMatch(/^relative L2 0\.\d{3}, untrained 0\.\d+\nFloat64Array\(6\)/)
})

test.for(runtimes)('%s runs the quick start', async ([name, program, args], context) => {
  if (program === undefined) return context.skip(`no ${name} on this machine; npm ci in scripts/runtimes installs it`)
  const { stdout } = await run(program, [...args, join(folder, 'main.mjs')])
  const [written = '', exact = ''] = stdout.split('--\n')
  expect(written).toMatch(/step 60 {2}loss 0\.0\d+\nrelative L2 on the test points 0\.\d{3}\n/)
  outputs.set(name, exact)
  expect(exact.match(/loss 0\.\d{12}/g)).toHaveLength(3)
  expect(exact).toBe(outputs.get('Node'))
})
