import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { filesUnder } from '../lib/files.mjs'

test('no folder of output is walked, since another process may empty it meanwhile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-files-'))
  const written = ['docs/a.md', 'docs/own/a.md', 'packages/x/src/a.md', 'scripts/build/a.md']
  const output = [
    'docs/api/a.md',
    'docs/.vitepress/.temp/a.md',
    'packages/x/build/a.md',
    'packages/x/node_modules/a.md',
  ]
  try {
    for (const path of [...written, ...output]) {
      mkdirSync(join(folder, dirname(path)), { recursive: true })
      writeFileSync(join(folder, path), '')
    }
    expect(filesUnder(folder, /\.md$/)).toEqual(written.map((path) => join(folder, path)))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
