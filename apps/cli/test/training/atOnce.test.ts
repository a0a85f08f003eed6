/** Runs that begin at the same time: each takes a name of its own. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run, tiny } from '../fakeIo.js'

test('ten runs at once without --out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-at-once-'))
  const before = process.cwd()
  process.chdir(folder)
  try {
    const ended = await Promise.all(Array.from({ length: 10 }, () => run('train', 'parabola', ...tiny)))
    expect(ended.map(({ code, err }) => `${code} ${err}`)).toEqual(Array(10).fill('0 '))
    const numbered = Array.from({ length: 9 }, (_, i) => `parabola-rfg-key0-${i + 2}`)
    expect(readdirSync(join(folder, 'runs')).sort()).toEqual(['parabola-rfg-key0', ...numbered].sort())
  } finally {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  }
})
