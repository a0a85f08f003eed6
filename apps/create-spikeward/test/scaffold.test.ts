/**
 * Every template as it is written, and the packed command as npm runs it. `npm run release:dry` installs the projects
 * from tarballs and runs their own tests.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { scaffold, templates, UsageError } from '../bin/scaffold.mjs'

const home = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'create-spikeward-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Manifest = Readonly<Record<'name' | 'version' | 'type', string>> &
  Readonly<Record<'scripts' | 'dependencies' | 'devDependencies', Readonly<Record<string, string>>>>
const manifestIn = (of: string): Manifest => JSON.parse(readFileSync(join(of, 'package.json'), 'utf8')) as Manifest

test.each(Object.keys(templates))('%s: the manifest names what the programs import', (template) => {
  const at = join(folder, `My ${template}!`)
  const { files } = scaffold({ folder: at, template, version: '0.1.0' })
  expect(files).toEqual(expect.arrayContaining(['.gitignore', 'README.md', 'package.json']))
  const { name, type, dependencies, devDependencies = {} } = manifestIn(at)
  expect([name, type]).toEqual([`my-${template}`, 'module'])
  const code = readdirSync(at)
    .filter((file) => /\.(js|html|ipynb)$/.test(file))
    .map((file) => readFileSync(join(at, file), 'utf8'))
    .join('\n')
  const outside = [...code.matchAll(/from '((?:@[\w-]+\/)?[\w-]+)/g)].map(([, from]) => from)
  expect(outside.filter((from) => !Object.hasOwn({ ...dependencies, ...devDependencies }, from!))).toEqual([])
  // One core: it is a direct dependency, since it is a peer of the others.
  expect(dependencies['@spikeward/core']).toBe('^0.1.0')
})

test('tarballs take the place of the registry', () => {
  const tarballs = join(folder, 'tarballs')
  const wanted = { folder: join(folder, 'local'), template: 'node', version: '0.1.0', tarballs }
  expect(() => scaffold(wanted)).toThrow(/spikeward-backend-cpu-0\.1\.0\.tgz does not exist; npm run -s tarballs/)
  expect(existsSync(wanted.folder)).toBe(false)
  mkdirSync(tarballs)
  const names = ['backend-cpu', 'core', 'estimators', 'neurons', 'operators', 'optim', 'problems', 'train']
  for (const name of names) writeFileSync(join(tarballs, `spikeward-${name}-0.1.0.tgz`), '')
  scaffold(wanted)
  expect(manifestIn(wanted.folder).dependencies['@spikeward/core']).toBe(
    `file:${join(tarballs, 'spikeward-core-0.1.0.tgz')}`,
  )
})

test('nothing is overwritten, and a wrong name is answered with the right ones', () => {
  expect(() => scaffold({ folder: home, template: 'node', version: '0.1.0' })).toThrow(
    /is not empty; name a new folder/,
  )
  const wrong = () => scaffold({ folder: join(folder, 'none'), template: 'toString', version: '0.1.0' })
  expect(wrong).toThrow(UsageError)
  expect(wrong).toThrow(/no template "toString"; take one of node, page, notebook, estimator, problem/)
})

describe('the programs run', () => {
  test.each([
    ['node/train.js', /step 300 {2}loss 0\.000\d+\nrelative L2 error on the test points 0\.0\d\d$/],
    ['problem/train.js', /^waves: relative L2 error on the test points 0\.0\d\d$/],
    ['estimator/compare.js', /^differences: relative L2 0\.\d+ after 900 .*\nrfg: relative L2 0\.\d+ after 900 /],
  ])('%s', async (path, expected) => {
    const log = vi.spyOn(console, 'log').mockReturnValue()
    await import(/* @vite-ignore */ `../templates/${path}`)
    const printed = log.mock.calls.flat().join('\n')
    log.mockRestore()
    expect(printed).toMatch(expected)
  })

  test('page/worker.js', async () => {
    const post = vi.fn()
    vi.stubGlobal('postMessage', post)
    await import('../templates/page/worker.js')
    const last = post.mock.lastCall![0] as { relativeL2: number; prediction: readonly number[][] }
    expect(post).toHaveBeenCalledTimes(16)
    expect(last.relativeL2).toBeLessThan(0.1)
    expect(last.prediction.every(([x, y]) => Number.isFinite(x) && Number.isFinite(y))).toBe(true)
  })
})

test('the tarball holds the command, which writes a project and says what to type next', () => {
  const packed = spawnSync('npm', ['pack', '--pack-destination', folder, '--silent'], { cwd: home, encoding: 'utf8' })
  const unpacked = spawnSync('tar', ['-xzf', packed.stdout.trim()], { cwd: folder, encoding: 'utf8' })
  expect([packed.status, unpacked.status]).toEqual([0, 0])
  const command = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join(folder, 'package/bin/main.mjs'), ...args], { cwd: folder, encoding: 'utf8' })
  const done = command('fresh', '--template', 'page')
  expect([done.status, done.stderr]).toEqual([0, ''])
  expect(done.stdout).toMatch(/into fresh\.\n\nNext:\n {2}cd fresh\n {2}npm install\n {2}npm run dev\n$/)
  expect(readdirSync(join(folder, 'fresh'))).toContain('worker.js')
  const wrong = command('fresh', '--templat', 'page')
  expect([wrong.status, wrong.stdout]).toEqual([2, ''])
  expect(wrong.stderr).toContain('Usage: npm create spikeward')
})
