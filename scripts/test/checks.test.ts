import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

/** Runs one of the checks in a made-up workspace, given as path and content. */
function check(name: string, files: Record<string, string>): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-check-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  mkdirSync(join(folder, 'apps'))
  const script = resolve(import.meta.dirname, '..', 'checks', `${name}.mjs`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

const manifest = (dependencies: Record<string, string> = {}): string => JSON.stringify({ dependencies })

test('the graph lets a package import core, and its tests the testkit', () => {
  const { status } = check('graph', {
    'packages/neurons/package.json': manifest(),
    'packages/neurons/src/index.ts': "import { add } from '@spikeward/core'",
    'packages/neurons/test/index.test.ts': "import { describeNeuron } from '@spikeward/testkit'",
  })
  expect(status).toBe(0)
})

test.each([
  ['a package of the same rank', 'neurons', 'src', "import { rfg } from '@spikeward/estimators'"],
  ['anything from core', 'core', 'test', "import { describeBackend } from '@spikeward/testkit'"],
  ['a subpath', 'core', 'src', "export { x } from '@spikeward/optim/x'"],
  ['on demand', 'problems', 'src', "const { x } = await import('@spikeward/train')"],
  ['another package by path', 'optim', 'src', "import { x } from '../../core/src/x.js'"],
])('the graph refuses to import %s', (_, name, part, line) => {
  const { status, output } = check('graph', {
    [`packages/${name}/package.json`]: manifest(),
    [`packages/${name}/${part}/wrong.ts`]: line,
  })
  expect(status).toBe(1)
  expect(output).toContain('wrong.ts')
})

test('the graph reads package.json too', () => {
  const { status, output } = check('graph', {
    'packages/optim/package.json': manifest({ '@spikeward/problems': 'workspace:*' }),
  })
  expect(status).toBe(1)
  expect(output).toContain('packages/optim depends on @spikeward/problems')
})

test('a package without a row in the graph is refused', () => {
  expect(check('graph', { 'packages/surprise/package.json': manifest() }).status).toBe(1)
})

test.each([
  [400, 0],
  [401, 1],
])('a file of %d lines ends the check with %d', (lines, expected) => {
  const { status } = check('lines', {
    'packages/core/package.json': manifest(),
    'packages/core/src/long.ts': '//\n'.repeat(lines),
  })
  expect(status).toBe(expected)
})
