/** Every command line of the documentation is valid for its tool, and works. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runBench } from '../../apps/bench/src/program.js'
import { findProblem } from '../../apps/cli/src/catalogue/problems.js'
import { runCli } from '../../apps/cli/src/program.js'
import { encodeNpy } from '../../packages/problems/src/node/files/npy.js'
import { encodeZip } from '../../packages/problems/src/node/files/zip.js'
import { faults } from './commandLine.js'
import { commands, commandsIn, root, toolOf, wordsOf } from './markdown.js'

const all = await commands()
const lines = all.flatMap(({ page, lines: some, onlyParsed }) => some.map((line) => ({ page, line, onlyParsed })))
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

describe('command lines of the documentation', () => {
  it('there are some, and most of our own are run', () => {
    const own = lines.filter((l) => toolOf(l.line) !== null)
    const run = own.filter((l) => l.onlyParsed === null).length
    expect(run).toBeGreaterThan(30)
    expect(own.length - run).toBeLessThan(run / 2)
  })

  it.each(lines)('$page: $line', async ({ line, onlyParsed }) => {
    const own = toolOf(line)
    if (own !== null) {
      expect(await faults(own.tool, own.args)).toBe('')
      return
    }
    // A command of another tool installs, builds, serves or tests, and is not run here.
    expect(onlyParsed).not.toBeNull()
    const [program, ...words] = wordsOf(line)
    expect(program).toBe('npm')
    if (words[0] === 'install')
      for (const name of words.slice(1)) expect(name).toMatch(/^((@spikeward\/|spikeward-)[\w-]+|\S+\/\*\.tgz)$/)
    else if (words[0] === 'create') expect(words[1]).toBe('spikeward')
    else {
      const [script] = words.filter((word) => word !== 'run' && !word.startsWith('-'))
      expect(Object.keys(manifest.scripts)).toContain(script)
    }
  })

  it('are found with their remarks', () => {
    const text = '```sh\na b   # c\nd \\\n  e\n```\n\n<!-- only parsed: so -->\n```sh\nf "g h" #i\n```\n'
    expect(commandsIn('p', text)).toEqual([
      { page: 'p', lines: ['a b', 'd e'], onlyParsed: null },
      { page: 'p', lines: ['f "g h" #i'], onlyParsed: 'so' },
    ])
    expect(wordsOf(`f "g h" '#i'`)).toEqual(['f', 'g h', '#i'])
  })

  it.each([
    ['spikeward', 'train mexican-hat --estimator rfg --widths 3', /unknown option '--widths'/],
    ['spikeward', 'train mexican-hat --steps many', /steps/],
    ['spikeward', 'train mexican-cap', /mexican-cap/],
    ['spikeward', 'train mexican-hat --estimator rgf', /rgf/],
    ['spikeward', 'train mexican-hat --network deeponnet', /deeponnet/],
    ['spikeward', 'train mexican-hat --backend gpu', /gpu/],
    ['spikeward', 'train parabola --sensors 5', /sensors is ignored/],
    ['spikeward', 'compare mexican-hat --estimators bp,rgf', /rgf/],
    ['spikeward', 'reproduce wan2024 --fast', /unknown option '--fast'/],
    ['bench', 'step --backend gpu', /not one of cpu/],
    ['bench', 'step twice', /too many arguments/],
  ] as const)('finds what is wrong in %s %s', async (script, line, message) => {
    expect(await faults(script, line.split(' '))).toMatch(message)
  })
})

/** Whether a command is about an operator, which solves its equation for each of its functions. */
const isOperator = async (subject: string): Promise<boolean> =>
  /^\w/.test(subject) && (await findProblem(subject)).kind === 'operator'

/** Options that shorten a command: few steps, few functions. Given last, an option overrides an earlier one. */
async function cut(tool: string, [name = '', subject = '']: readonly string[]): Promise<readonly string[]> {
  if (tool === 'bench') {
    const own: Record<string, readonly string[]> = {
      step: ['--peers', 'none'],
      tuned: ['--steps', '3', '--hidden', '8,8;8,8,8'],
    }
    return ['--quick', ...(own[name] ?? [])]
  }
  if (name !== 'train' && name !== 'compare') return []
  const few = (await isOperator(subject)) ? ['--sizes', '4,2,2'] : []
  if (name === 'train') return ['--steps', '2', '--quiet', '--no-figures', ...few]
  return ['--estimators', 'bp,rfg', '--budget', '0.05s', '--keys', '1', '--hidden', '6', '--rates', '1', ...few]
}

/** Coordinates from 0 to 1. */
const axis = (count: number) => ({
  shape: [count],
  data: Float64Array.from({ length: count }, (_, i) => i / (count - 1)),
})

/** Numbers of this shape. */
const waves = (...shape: readonly number[]) => ({
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i / 3)),
})

describe('run in short', async () => {
  const home = process.cwd()
  const folder = await mkdtemp(join(tmpdir(), 'spikeward-docs-'))
  const placeOf = (page: string): string => join(folder, page.replace(/\W+/g, '-'))
  beforeAll(async () => {
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
    // The functions of your own that the pages speak of, on a grid of two axes.
    const arrays = { f: waves(24, 10), u: waves(24, 6, 5), x: axis(6), t: axis(5) }
    const entries = Object.entries(arrays)
    await writeFile(
      join(folder, 'pairs.npz'),
      await encodeZip(new Map(entries.map(([n, a]) => [`${n}.npy`, encodeNpy(a)]))),
    )
    // The equation that the page on equations states as a file.
    const page = 'docs/own/equation.md'
    const [, equation = ''] = /```json\n(.*?)```/s.exec(await readFile(join(root, page), 'utf8')) ?? []
    await mkdir(placeOf(page), { recursive: true })
    await writeFile(join(placeOf(page), 'plate.json'), equation)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    process.chdir(home)
    await rm(folder, { recursive: true, force: true })
  })

  // Commands that only inspect the machine have the same output in every folder. Trainings of one problem that differ in
  // numbers and in the estimator alone take one path through the program, which is run once unless the page uses its run.
  const seen = new Set<string>()
  const again = ({ page, line }: { readonly page: string; readonly line: string }): boolean => {
    const looks = / (list|doctor)$/.exec(line)?.[1]
    const isUsed = lines.some((l) => l.page === page && / runs\//.test(l.line))
    const path = !line.includes(' train ') || isUsed ? null : line.replace(/ --estimator \S+| [\d.,e-]+(?= |$)/g, '')
    const key = looks ?? path
    return key !== null && seen.size === seen.add(key).size
  }
  it.for(lines.filter((l) => l.onlyParsed === null && !again(l)))(
    '$page: $line',
    async ({ page, line: text }, context) => {
      const { tool, args } = toolOf(text)!
      // The lines of a page come one after another in one folder: the next reads the run of the one before.
      const place = placeOf(page)
      await mkdir(place, { recursive: true })
      process.chdir(place)
      const before = await readdir(place, { recursive: true })
      let [out, err] = ['', '']
      const io = {
        out: (t: string): void => void (out += t),
        err: (t: string): void => void (err += t),
        errIsTerminal: false,
        onInterrupt: () => (): void => undefined,
      }
      const given = args.map((a) => (a === 'pairs.npz' ? join(folder, a) : a))
      const code = await (tool === 'bench' ? runBench : runCli)([...given, ...(await cut(tool, args))], io)
      if (err.includes('[NATIVE_UNAVAILABLE]')) context.skip(err)
      expect(code, err).toBe(0)
      expect(out).not.toMatch(/\bundefined\b|\bNaN\b/)
      const after = (await readdir(place, { recursive: true })).filter((path) => !before.includes(path))
      if (args[0] === 'train') expect(after.some((path) => path.endsWith('summary.json'))).toBe(true)
      if (args[0] === 'compare') expect(after.some((path) => path.endsWith('table.md'))).toBe(true)
      if (args.includes('--json')) expect(JSON.parse(out.trimEnd().split('\n').at(-1)!)).toBeTypeOf('object')
      const named = args[args.indexOf('--out') + 1]
      if (args.includes('--out')) expect(existsSync(join(place, named!))).toBe(true)
    },
  )
})
