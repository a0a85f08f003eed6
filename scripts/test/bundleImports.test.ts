/**
 * A bundle leaves the packages of this repository as imports, and pnpm links for a folder what its manifest declares. A
 * package that a program reaches only through the sources of another would be missing on a fresh checkout.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bundledFolders, filesUnder } from '../lib/files.mjs'
import { oldChunksIn } from '../lib/replaceFiles.mjs'
import { root } from '../lib/setup.mjs'

/** The packages of this repository that built files import. */
function importedBy(folder: string): readonly string[] {
  const dist = join(root, folder, 'dist')
  const old = new Set(oldChunksIn(dist).map((file) => join(dist, file)))
  const files = filesUnder(dist, /\.js$/).filter((file) => !old.has(file))
  const imports = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*"(@spikeward\/[^"/]+)/g)].map(([, name]) => name!),
  )
  return [...new Set(imports)].sort()
}

test('the pattern finds imports', () => {
  expect(importedBy('apps/soak')).toContain('@spikeward/testkit')
})

describe.each(bundledFolders(root))('%s', (folder) => {
  test('its manifest declares every package that its bundle imports', () => {
    type Names = Readonly<Record<string, string>>
    type Manifest = { readonly name: string; readonly dependencies?: Names; readonly peerDependencies?: Names }
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
    const declared = [manifest.name, ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })]
    expect(importedBy(folder).filter((name) => !declared.includes(name))).toEqual([])
  })
})
