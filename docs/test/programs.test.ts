/** Every program of the documentation is type-checked, and run unless it trains for minutes. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { toolEnvironment } from '../../scripts/lib/setup.mjs'
import { type Block, blocks } from './support/blocks.js'

const folder = new URL('./.blocks/', import.meta.url)
const all = await blocks()
const programs = all.filter((b) => b.language === 'ts')
/** A block with a name is a file that other blocks of its page import: it declares, and prints nothing. */
const isNamed = ({ kind }: Block): boolean => !['', 'test', 'skip'].includes(kind)
const fileOf = (b: Block): string =>
  isNamed(b)
    ? `${b.kind}.ts`
    : `${b.page.replace(/\W+/g, '-').replace(/-md$/, '')}-${b.number}${b.kind === 'test' ? '.contract' : ''}.ts`

/** A page's Worker, which Node lacks: it reports one step as soon as a listener is added. */
class PageWorker {
  set onmessage(listen: (event: { readonly data: { step: number; loss: number } }) => void) {
    listen({ data: { step: 25, loss: 0.5 } })
  }
}
vi.stubGlobal('Worker', PageWorker)

await mkdir(folder, { recursive: true })
await Promise.all(programs.map((b) => writeFile(new URL(fileOf(b), folder), b.code)))
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('programs of the documentation', () => {
  it('there are some, and every other block is a command, a table or a header', () => {
    expect(programs.length).toBeGreaterThan(10)
    expect([...new Set(all.map((b) => b.language))].sort()).toEqual([
      'bash',
      'html',
      'http',
      'json',
      'python',
      'sh',
      'ts',
      'yaml',
    ])
  })

  it('have the types they need', () => {
    const config = fileURLToPath(new URL('types.json', folder))
    writeFileSync(config, JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'] }))
    const { status, stdout } = spawnSync('tsgo', ['--noEmit', '--pretty', 'false', '-p', config], {
      encoding: 'utf8',
      env: toolEnvironment(),
    })
    expect([status, stdout]).toEqual([0, ''])
  })

  it('have different names, if they have one', () => {
    const names = programs.filter(isNamed).map((b) => b.kind)
    expect(new Set(names).size).toBe(names.length)
  })

  // `skip`: it trains for minutes, and is type-checked alone.
  it.each(programs.filter((b) => b.kind === '').map((b) => [`${b.page} ${b.number}`, fileOf(b)]))(
    '%s runs and prints',
    async (_, file) => {
      const log = vi.spyOn(console, 'log').mockReturnValue()
      await import(/* @vite-ignore */ fileURLToPath(new URL(file, folder)))
      const printed = log.mock.calls.flat().map(String)
      log.mockRestore()
      expect(printed.length).toBeGreaterThan(0)
      expect(printed.join(' ')).not.toMatch(/NaN|undefined/)
    },
  )
})

// A contract of the documentation registers its own tests.
for (const b of programs.filter((p) => p.kind === 'test')) {
  describe(`${b.page} ${b.number}`, async () => {
    await import(/* @vite-ignore */ fileURLToPath(new URL(fileOf(b), folder)))
  })
}
