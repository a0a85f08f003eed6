/** Every program of the documentation is type-checked and run, every command is known to the tool that it names. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { blocks } from './blocks.js'
import type { Block } from './blocks.js'
import { faults } from './commandLine.js'

const folder = new URL('./.blocks/', import.meta.url)
const all = await blocks()
const programs = all.filter((b) => b.language === 'ts')
const commands = all.filter((b) => b.language === 'sh')
const fileOf = ({ page, number, kind }: Block): string =>
  `${page.replace(/\W+/g, '-').replace(/-md$/, '')}-${number}${kind === 'test' ? '.contract' : ''}.ts`

await mkdir(folder, { recursive: true })
await Promise.all(programs.map((b) => writeFile(new URL(fileOf(b), folder), b.code)))
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('programs of the documentation', () => {
  it('there are some', () => expect(programs.length).toBeGreaterThan(10))

  it('have the types they need', () => {
    const config = fileURLToPath(new URL('../tsconfig.json', import.meta.url))
    const { options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(config, (path) => ts.sys.readFile(path)).config,
      ts.sys,
      fileURLToPath(new URL('..', import.meta.url)),
    )
    const files = programs.map((b) => fileURLToPath(new URL(fileOf(b), folder)))
    const program = ts.createProgram(files, options)
    const problems = files.flatMap((f) => [...ts.getPreEmitDiagnostics(program, program.getSourceFile(f))])
    const host = { getCanonicalFileName: (f: string) => f, getCurrentDirectory: () => '', getNewLine: () => '\n' }
    expect(ts.formatDiagnostics(problems, host)).toBe('')
  }, 120_000)

  it.each(programs.filter((b) => b.kind !== 'test').map((b) => [`${b.page} ${b.number}`, fileOf(b)]))(
    '%s runs and prints',
    async (_, file) => {
      const log = vi.spyOn(console, 'log').mockReturnValue()
      await import(/* @vite-ignore */ fileURLToPath(new URL(file, folder)))
      const printed = log.mock.calls.flat().map(String)
      log.mockRestore()
      expect(printed.length).toBeGreaterThan(0)
      expect(printed.join(' ')).not.toMatch(/NaN|undefined/)
    },
    120_000,
  )
})

// A contract of the documentation registers its own tests.
for (const b of programs.filter((p) => p.kind === 'test')) {
  describe(`${b.page} ${b.number}`, async () => {
    await import(/* @vite-ignore */ fileURLToPath(new URL(fileOf(b), folder)))
  })
}

describe('commands of the documentation', () => {
  const lines = commands.flatMap((b) =>
    b.code
      .replace(/\\\n\s*/g, '')
      .trim()
      .split('\n')
      .map((line): [string, string] => [b.page, line]),
  )
  it.each(lines)('%s: %s', async (_, line) => {
    const { default: manifest } = (await import('../../package.json', { with: { type: 'json' } })) as {
      default: { scripts: Record<string, string> }
    }
    const [program, ...words] = line.split(/\s+/)
    expect(program).toBe('npm')
    if (words[0] === 'install') {
      for (const name of words.slice(1)) expect(name).toMatch(/^@spikeward\/[\w-]+$/)
      return
    }
    const script = words.find((w) => !w.startsWith('-') && w !== 'run')!
    expect(Object.keys(manifest.scripts)).toContain(script)
    if (script !== 'spikeward' && script !== 'bench') return
    expect(await faults(script, words.slice(words.indexOf('--') + 1))).toBe('')
  })

  it.each([
    ['spikeward', 'train mexican-hat --estimator rfg --widths 3', /unknown option '--widths'/],
    ['spikeward', 'train mexican-hat --steps many', /steps/],
    ['spikeward', 'train mexican-cap', /mexican-cap/],
    ['spikeward', 'train mexican-hat --estimator rgf', /rgf/],
    ['spikeward', 'train mexican-hat --network deeponnet', /deeponnet/],
    ['spikeward', 'train mexican-hat --backend gpu', /gpu/],
    ['spikeward', 'train parabola --sensors 5', /sensors is left out/],
    ['spikeward', 'compare mexican-hat --estimators bp,rgf', /rgf/],
    ['spikeward', 'reproduce wan2024 --fast', /unknown option '--fast'/],
    ['bench', 'step --backend gpu', /none of cpu/],
    ['bench', 'step twice', /too many arguments/],
  ] as const)('finds what is wrong in %s %s', async (script, line, message) => {
    expect(await faults(script, line.split(' '))).toMatch(message)
  })
})
