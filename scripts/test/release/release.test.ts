import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gather } from '../../lib/pages/changelog.mjs'
import { workspaceFolders } from '../../lib/files.mjs'
import { root } from '../../lib/setup.mjs'

const manifests = [...workspaceFolders(), 'docs'].map((folder) => ({
  folder,
  manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    name: string
    version: string
    private?: boolean
    repository?: { directory?: string }
  },
}))

test('every manifest names the repository and its folder in it', () => {
  for (const { folder, manifest } of manifests) expect(manifest.repository?.directory, folder).toBe(folder)
})

test('the citation names the version that the packages carry', () => {
  const [, version] = /^version: (.*)$/m.exec(readFileSync(join(root, 'CITATION.cff'), 'utf8'))!
  for (const { folder, manifest } of manifests)
    if (manifest.private !== true) expect(manifest.version, folder).toBe(version)
})

/**
 * Who installs the first release has seen no state before it. Packages are peers of each other, for which a `minor`
 * below 1.0 is out of range: `changeset version` would make all of them 1.0.0.
 */
test('until the first release each package has one changeset, of kind patch', () => {
  const changesets = readdirSync(join(root, '.changeset')).filter((file) => file.endsWith('.md'))
  const heads = changesets.map((file) =>
    readFileSync(join(root, '.changeset', file), 'utf8')
      .split('---\n')
      .slice(1, 2)
      .join(''),
  )
  const expected = manifests.flatMap(({ manifest }) => (manifest.private ? [] : [`'${manifest.name}': patch\n`]))
  expect(heads.sort(), 'add your sentence to the changeset of the package').toEqual(expected.sort())
})

test('the changelog lists a change once, with its packages, pending ones first and then the newest version', () => {
  const pending = ["---\n'@spikeward/core': minor\n'@spikeward/cli': patch\n---\n\nA new\nword.\n"]
  const released = [
    '# @spikeward/core\n\n## 0.10.0\n\n- abc1234: Faster.\n- Updated dependencies [abc1234]\n\n## 0.9.0\n\n- Slower,\n  but right.\n',
    '# @spikeward/cli\n\n## 0.10.0\n\n- abc1234: Faster.\n',
  ]
  expect(
    gather(pending, released)
      .split('\n')
      .filter((line) => /^(##|-)/.test(line)),
  ).toEqual([
    '## Unreleased',
    '- **cli, core**: A new word.',
    '## 0.10.0',
    '- **cli, core**: Faster.',
    '## 0.9.0',
    '- **core**: Slower, but right.',
  ])
})
