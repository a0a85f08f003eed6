import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type TableOrigin, storedTable } from '../src/reproduction/storedTable.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-table-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'table.json')

const now: TableOrigin = {
  ...{ keys: 5, backend: 'cpu', threads: 1, quick: false, budget: null, steps: null },
  machine: { processor: 'A', cores: 2, memoryGiB: 4, os: 'an OS' },
  versions: { spikeward: '1.0.0', node: '20.0.0' },
  commit: 'abc',
  dirty: false,
}
const row = { problem: 'mexican-hat', trials: [], config: {} }
const table = { paper: 'wan2024', rows: [row], costs: [{ problem: 'mexican-hat' }], figures: ['mexican-hat.svg'] }

describe('a stored table', () => {
  const read = (written: unknown, ran: readonly string[] = ['poisson-1d']) => {
    writeFileSync(path, typeof written === 'string' ? written : JSON.stringify(written))
    return storedTable(path, 'wan2024', now, ran)
  }
  const nothing = { rows: [], costs: [], figures: [] }

  it('gives the parts of problems that are not run now, whenever they were written', async () => {
    const { rows, costs, figures } = table
    expect(await read({ ...now, ...table, date: '2026' })).toEqual({ rows, costs, figures, note: null })
    expect(await read({ ...now, ...table }, ['mexican-hat'])).toEqual({ ...nothing, note: null })
  })

  it.each([
    ['settings', { keys: 4 }, 'with other settings'],
    ['machine', { machine: { ...now.machine, processor: 'B' } }, 'of another machine, version or commit'],
    ['version', { versions: { ...now.versions, node: '22.0.0' } }, 'of another machine, version or commit'],
    ['commit', { commit: 'def' }, 'of another machine, version or commit'],
    ['changed files', { dirty: true }, 'of another machine, version or commit'],
    ['record of a machine', { machine: undefined }, 'of another machine, version or commit'],
    ['settings and commit', { keys: 4, commit: null }, 'with other settings and of another machine, version or commit'],
  ])('gives none of another %s, with a note of the reason', async (_, changes, why) => {
    const found = await read({ ...now, ...table, ...changes })
    expect(found).toMatchObject(nothing)
    expect(found.note).toContain(`held mexican-hat ${why}; `)
    // Rows of the problems that are run now are replaced anyway.
    expect((await read({ ...now, ...table, ...changes }, ['mexican-hat'])).note).toBeNull()
  })

  it('says which file it replaces that is no table of the paper', async () => {
    for (const other of [{ ...now, ...table, paper: 'qif2025' }, null, { ...now, ...table, rows: [{}] }]) {
      const found = await read(other)
      expect(found).toMatchObject(nothing)
      expect(found.note).toContain('was not a table of wan2024')
    }
    expect((await read('{')).note).toMatch(/could not be read.*JSON/)
    rmSync(path)
    expect(await storedTable(path, 'wan2024', now, [])).toEqual({ ...nothing, note: null })
    mkdirSync(path)
    expect((await storedTable(path, 'wan2024', now, [])).note).toMatch(/could not be read.*EISDIR/)
  })
})
