import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { dependentsOf, graph } from '../graph.mjs'

/** Runs one of the checks in a made-up workspace, given as path and content. */
function check(name: string, files: Record<string, string>): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-check-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  mkdirSync(join(folder, 'apps'), { recursive: true })
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

test.each(["import { x } from '../../bench/src/x.js'", "import { x } from '@spikeward/bench'"])(
  'the graph refuses an app that imports another: %s',
  (line) => {
    const { status, output } = check('graph', {
      'packages/optim/package.json': manifest(),
      'apps/bench/src/x.ts': 'export const x = 1',
      'apps/cli/src/wrong.ts': line,
    })
    expect(status).toBe(1)
    expect(output).toContain('of another app')
  },
)

test('the packages that depend on others, directly or not', () => {
  expect(dependentsOf(['neurons'])).toEqual(['operators', 'experiment', 'spikeward'])
  expect(dependentsOf(['backend-cpu', 'apps/cli'])).toEqual(['train', 'distributed', 'experiment', 'spikeward'])
  expect(dependentsOf(['queue'])).toEqual(['experiment', 'spikeward'])
  expect(dependentsOf(['core']).sort()).toEqual(
    Object.keys(graph)
      .filter((name) => !['core', 'plots'].includes(name))
      .sort(),
  )
})

test('a file with one export is named after it', () => {
  const files = (name: string): Record<string, string> => ({
    'packages/optim/package.json': manifest(),
    [`packages/optim/src/${name}.ts`]: 'export const makeAdam = () => 1',
  })
  expect(check('names', files('adam')).status).toBe(0)
  const { status, output } = check('names', files('rounding'))
  expect(status).toBe(1)
  expect(output).toContain('rounding.ts exports makeadam')
})

test('circles of modules, types and Svelte components are refused', () => {
  const { status, output } = check('circles', {
    'packages/optim/package.json': manifest(),
    'packages/optim/src/a.ts': "import { b } from './b.js'",
    'packages/optim/src/b.ts': "import { a } from './a.js'",
    'packages/optim/src/c.ts': "import type { d } from './d.js'",
    'packages/optim/src/d.ts': "import type { c } from './c.js'",
    'packages/optim/src/e.ts': "import E from './E.svelte'",
    'packages/optim/src/E.svelte': '<script lang="ts">\n  import { e } from "./e.js"\n</script>',
    'docs/scripts/g.ts': "import type { h } from './h.js'",
    'docs/scripts/h.ts': "import { g } from './g.js'",
    'packages/optim/src/f.ts': "import { a } from './a.js'\nconst later = import('./f.js')",
  })
  expect(status).toBe(1)
  expect(output.match(/\w+\.\w+ → .* → .*(?=;)/g)).toHaveLength(4)
  for (const pair of [
    'a.ts → packages/optim/src/b.ts',
    'c.ts → packages/optim/src/d.ts',
    'E.svelte → packages/optim/src/e.ts',
    'g.ts → docs/scripts/h.ts',
  ])
    expect(output).toContain(pair)
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
  ['packages/core/src/long.ts', 400, 0],
  ['packages/core/src/long.ts', 401, 1],
  ['packages/core/native/long.cpp', 401, 1],
  ['packages/core/bench/long.py', 401, 1],
  ['docs/test/long.ts', 401, 1],
  ['docs/test/.blocks/generated.ts', 401, 0],
])('%s of %d lines ends the check with %d', (path, lines, expected) => {
  const { status } = check('lines', {
    'packages/core/package.json': manifest(),
    [path]: '//\n'.repeat(lines),
  })
  expect(status).toBe(expected)
})

test.each([
  ['export function solveHeat() {}\nexport const other = 1\n', 0],
  ['export const exact = 1\nexport const other = 1\n', 1],
])('a solver.ts that holds %j ends the check of names with %d', (text, expected) => {
  const { status } = check('names', {
    'packages/problems/package.json': manifest(),
    'packages/problems/src/pde/heat/solver.ts': text,
  })
  expect(status).toBe(expected)
})

test('a retired word is found in an identifier, in prose and over the end of a line, with the word to use', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-words-'))
  spawnSync('git', ['init', '-q'], { cwd: folder })
  writeFileSync(
    join(folder, 'a.ts'),
    '/** The rows, that\n * which counts. */\nexport const maxBands = 3 // bandwidth\n',
  )
  const script = resolve(import.meta.dirname, '..', 'checks', 'words.mjs')
  const run = () => spawnSync(process.execPath, [script, '--list'], { cwd: folder, encoding: 'utf8' })
  expect(run().stdout.split('\n').slice(0, 2)).toEqual([
    'a.ts:3: band: tile-fused group',
    'a.ts:1: that which: name it',
  ])
  expect(run().status).toBe(1)
  writeFileSync(join(folder, 'a.ts'), 'export const bandwidth = 3\n')
  expect(run().status).toBe(0)
})

test('a headless sentence is found at the start of a line of TypeScript, C++, Python, Svelte and Markdown', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-words-'))
  spawnSync('git', ['init', '-q'], { cwd: folder })
  const script = resolve(import.meta.dirname, '..', 'checks', 'words.mjs')
  const run = () => spawnSync(process.execPath, [script, '--list'], { cwd: folder, encoding: 'utf8' })
  const headless = {
    'a.ts': '/** Of each the fastest form is shown. */\n',
    'b.cpp': '// What only tiles use takes no memory.\n',
    'c.py': '# What a step leaves is not freed.\n',
    'd.svelte': '<p>The page waits.\nOf several lines the last counts.</p>\n',
    'e.md': 'Nobody waits. Whoever reads this is told so.\n',
    'f.ts': '/** What a run learns. */\n',
    'packages/core/src/g.ts': 'const seed = 1\n',
  }
  mkdirSync(join(folder, 'packages/core/src'), { recursive: true })
  for (const [name, text] of Object.entries(headless)) writeFileSync(join(folder, name), text)
  const { stdout, status } = run()
  expect(Object.keys(headless).filter((name) => !stdout.includes(`${name}:`))).toEqual([])
  expect(status).toBe(1)
  const plain = '/** The table shows the fastest form of each. A part of each row is read. */\n'
  for (const name of Object.keys(headless)) writeFileSync(join(folder, name), plain)
  expect(run().status).toBe(0)
})

describe('the size of packages', () => {
  const sizes = (budget: number): { status: number | null; output: string } => {
    const folder = mkdtempSync(join(tmpdir(), 'spikeward-size-'))
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const git = (...args: string[]): void =>
      void spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: folder })
    const limit = { lines: budget, files: 2 }
    write('scripts/checks/size.json', JSON.stringify({ 'packages/core': limit, total: { lines: 9, files: 9 } }))
    write('packages/core/src/a.ts', '1\n2\n3\n')
    write('packages/core/test/a.test.ts', '1\n2\n')
    git('init', '-q', '-b', 'main')
    git('add', '.')
    git('commit', '-qm', 'first')
    write('packages/core/src/a.ts', '1\n2\n3\n4\n5\n')
    write('packages/core/src/b.ts', '1\n')
    const script = resolve(import.meta.dirname, '..', 'checks', 'size.mjs')
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--json'], {
      cwd: folder,
      encoding: 'utf8',
    })
    return { status, output: stdout + stderr }
  }

  it('counts lines and files of sources, and the change against main', () => {
    const { status, output } = sizes(6)
    expect(status).toBe(0)
    expect((JSON.parse(output) as { sizes: readonly unknown[] }).sizes[0]).toEqual({
      name: 'packages/core',
      lines: 6,
      files: 2,
      change: 2,
      budget: { lines: 6, files: 2 },
    })
  })

  it('fails above the budget', () => {
    const { status, output } = sizes(5)
    expect(status).toBe(1)
    expect(output).toContain('packages/core has 6 lines in 2 files, above its budget of 5 in 2')
  })
})
