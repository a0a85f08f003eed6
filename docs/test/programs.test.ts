/** Every program of the documentation is type-checked and run, every command is known to the tool that it names. */
import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { blocks } from './blocks.js'
import type { Block } from './blocks.js'

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
  it.each(lines)(
    '%s: %s',
    async (_, line) => {
      const root = fileURLToPath(new URL('../../', import.meta.url))
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
      // The tool itself says whether it knows the command and each option; `--help` keeps it from doing the work.
      const args = words.slice(words.indexOf('--') + 1)
      const { stdout } = await promisify(execFile)('node', [`scripts/${script}.mjs`, args[0]!, '--help'], { cwd: root })
      expect(stdout).toContain(args[0])
      for (const option of args.filter((a) => a.startsWith('--'))) expect(stdout).toContain(option)
    },
    240_000,
  )
})
