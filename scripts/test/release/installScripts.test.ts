/** Install scripts on a user's machine: none of ours, and none that was not reviewed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { workspaceFolders } from '../../lib/files.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))
type Manifest = {
  readonly name: string
  readonly private?: boolean
  readonly scripts?: Readonly<Record<string, string>>
  readonly license?: string
  readonly repository?: { readonly url?: string; readonly directory?: string }
  readonly publishConfig?: { readonly provenance?: boolean }
}

const published = workspaceFolders()
  .map((folder) => ({ folder, ...(JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest) }))
  .filter((manifest) => manifest.private !== true)

test('published packages have no script that runs at installation', () => {
  expect(published.length).toBeGreaterThan(10)
  const run = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare']
  for (const { name, scripts = {} } of published)
    expect([name, run.filter((script) => Object.hasOwn(scripts, script))]).toEqual([name, []])
})

test('published packages are prepared for provenance: the place of the source and the licence are stated', () => {
  for (const { name, folder, license, repository, publishConfig } of published) {
    expect([name, publishConfig?.provenance, license]).toEqual([name, true, 'Apache-2.0'])
    expect([name, repository?.directory, repository?.url?.startsWith('git+https://')]).toEqual([name, folder, true])
  }
})

test('of the dependencies only reviewed versions of esbuild may run a script at installation, each by its checksum', () => {
  const read = (path: string): unknown => parse(readFileSync(join(root, path), 'utf8'))
  const { onlyBuiltDependencies } = read('pnpm-workspace.yaml') as { onlyBuiltDependencies: string[] }
  const reviewed = read('scripts/checks/installScripts.json') as { name: string; version: string; integrity: string }[]
  expect(onlyBuiltDependencies).toEqual([`esbuild@${reviewed.map(({ version }) => version).join(' || ')}`])
  const lock = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')
  const locked = [...lock.matchAll(/^ {2}(esbuild@\S+):\n {4}resolution: \{integrity: (\S+)\}$/gm)]
  expect(locked.map(([, id, integrity]) => `${id} ${integrity}`).sort()).toEqual(
    reviewed.map(({ name, version, integrity }) => `${name}@${version} ${integrity}`).sort(),
  )
})
