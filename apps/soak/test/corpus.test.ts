/** Replays everything that a soak or a tester has found. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { corpus } from './corpus.js'
import { bundleReader, replayFiles } from './replay/replayFiles.js'
import { replayProgram } from './replay/replayProgram.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'spikeward-corpus-'))
let program = ''
beforeAll(async () => {
  program = await bundleReader(root)
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  rmSync(dirname(program), { recursive: true, force: true })
})

describe('files', () => {
  /**
   * Seconds of processor time for all files, several times what they take; each of those that stalled took 24 or more.
   */
  const SECONDS = 20
  const found = corpus.filter(([, c]) => c.part === 'files')

  test('each is read, or refused with its code, and none stalls', () => {
    const cases = found.map(([name, { how, bytes = '' }]) => ({ name, format: String(how['format']), bytes }))
    const endings = replayFiles(program, { root, folder, cases }, SECONDS)
    for (const [name, { expected }] of found) {
      const { ending, fault } = endings.get(name) ?? { ending: 'not read', fault: null }
      expect([name, fault]).toEqual([name, null])
      expect([name, ending]).toEqual([name, expected ?? expect.stringMatching(/^read$|^[A-Z0-9]+_[A-Z0-9_]+$/)])
    }
  })

  test('a reader that stalls is ended, and named', () => {
    const csv = { format: 'csv', bytes: Buffer.from('1,2\n').toString('base64') }
    const cases = [
      { name: 'first', ...csv },
      { name: 'planted', format: 'stall', bytes: '' },
      { name: 'last', ...csv },
    ]
    const killed = expect.stringMatching(/SIGXCPU|SIGKILL/) as string
    expect([...replayFiles(program, { root, folder, cases }, 2)]).toEqual([
      ['first', { ending: 'read', fault: null }],
      ['planted', { ending: killed, fault: killed }],
    ])
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
  const how = { backend: 'native portable', group: 'generated kernels', check: 'f32', key: 1, runs: 1 }
  await expect(replayProgram({ ...how, check: 'renamed' })).rejects.toThrow(/no check "generated kernels: renamed"/)
  await expect(replayProgram({ ...how, backend: 'renamed' })).rejects.toThrow(/no backend "renamed"/)
})

test('every case belongs to a part that is replayed here', () => {
  expect(corpus.filter(([, c]) => !['files', 'programs', 'webgpuPrograms'].includes(c.part))).toEqual([])
})
