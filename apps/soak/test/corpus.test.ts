/** Replays everything that a soak or a tester has found. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { formatsOf, readOne } from '../src/files/formats.js'
import { replayProgram } from '../src/parts/programs.js'
import { corpus } from './corpus.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'spikeward-corpus-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const formats = formatsOf(root, folder)

describe('files', () => {
  test.each(corpus.filter(([, c]) => c.part === 'files'))('%s', async (_, { how, bytes, expected }) => {
    const format = formats.find((f) => f.name === how['format'])
    if (format === undefined) throw new Error(`there is no format "${how['format']}"`)
    const { ending, fault } = await readOne(format, new Uint8Array(Buffer.from(bytes ?? '', 'base64')))
    expect(fault).toBeNull()
    if (expected !== undefined) expect(ending).toBe(expected)
  })
})

const replayable = corpus.filter(([, c]) => c.part === 'programs' || c.part === 'webgpuPrograms')
describe.runIf(replayable.length > 0)('programs', () => {
  test.for(replayable)('%s', async ([, { how }], { skip }) => {
    const { tries, found } = await replayProgram(how)
    skip(tries === 0, `this machine lacks ${how['backend']}`)
    expect(found).toEqual([])
  })
})

test('a case whose check or backend has another name now is an error', async () => {
  const how = { backend: 'native portable', group: 'generated kernels', check: 'f32', seed: 1, runs: 1 }
  await expect(replayProgram({ ...how, check: 'renamed' })).rejects.toThrow(/no check "generated kernels: renamed"/)
  await expect(replayProgram({ ...how, backend: 'renamed' })).rejects.toThrow(/no backend "renamed"/)
})

test('every case belongs to a part that is replayed here', () => {
  expect(corpus.filter(([, c]) => !['files', 'programs', 'webgpuPrograms'].includes(c.part))).toEqual([])
})
