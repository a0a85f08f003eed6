import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { chosenRows, runSuite } from '../../src/commands/all.js'
import { makeProgram } from '../../src/program.js'
import { readRunsInDocs } from '../../src/docs/storedInDocs.js'
import { benchmarks } from '../../src/run/benchmarks.js'
import { checkoutRoot } from '../../src/paths.js'
import { standing } from '../../src/suite/standing.js'
import { full, quick } from '../../src/suite/suite.js'
import { bench } from '../support/fakeIo.js'
import { testFolder } from '../support/folder.js'
import { someRun } from '../support/runs.js'

const silent = { out: () => undefined, err: () => undefined }

describe('the suite', () => {
  const program = makeProgram(silent)

  test.each([...full, ...quick])('$name is a valid command line', ({ args: [name = '', ...rest] }) => {
    const command = program.commands.find((c) => c.name() === name)
    expect(command?.parseOptions(rest)).toEqual({ operands: [], unknown: [] })
  })

  test('has a unique file name for every row, and its quick version takes under ten minutes', () => {
    for (const rows of [full, quick]) expect(new Set(rows.map((r) => r.name)).size).toBe(rows.length)
    expect(quick.reduce((sum, r) => sum + r.seconds, 0)).toBeLessThan(600)
  })

  test('has a row for every stored run', async () => {
    const stored = await readRunsInDocs(join(checkoutRoot, 'docs', 'benchmarks'))
    expect(stored.length).toBeGreaterThan(20)
    expect(stored.filter((s) => standing(s, full, benchmarks) === null).map((s) => s.name)).toEqual([])
  })

  test('distinguishes a stored run with other settings from one with its own', () => {
    const { name, args } = full.find((r) => r.name === 'step-native-k8')!
    const settings = benchmarks.find((b) => b.name === 'step')!.settings(args.slice(1))
    expect(settings).toMatchObject({ directions: 8, backend: 'native', peers: ['torch'], repeat: 8 })
    const differs = (change: object) =>
      standing({ name, run: someRun({ command: 'step', settings: { ...settings, ...change } }) }, full, benchmarks)
        ?.differs
    expect(differs({})).toEqual([])
    expect(differs({ directions: 1, repeat: 3 })).toEqual(['directions', 'repeat'])
  })

  test('is limited to rows by name, and refuses an unknown name', async () => {
    const names = (only?: readonly string[]) => chosenRows(full, only).map((r) => r.name)
    expect(names()).toEqual(full.map((r) => r.name))
    expect(names(['step-native', 'step-cpu-1-thread'])).toEqual(['step-cpu-1-thread', 'step-native'])
    const { code, err } = await bench('all', '--only', 'step-native,step-cpu')
    expect(code).toBe(1)
    expect(err).toMatch(/no row step-cpu; its rows are step-cpu-1-thread, /)
  })

  test('continues after a failure and reports it', async () => {
    const seen: string[] = []
    const run = async (args: readonly string[]) => {
      seen.push(args.join(' '))
      return args[0] === 'table' ? 1 : 0
    }
    const ended = await runSuite(quick.slice(0, 3), 'there', run, silent)
    expect(seen).toEqual([
      'step --quick --out there --name step',
      'table --quick --out there --name table',
      'memory --quick --out there --name memory',
    ])
    expect(ended.map((e) => e.code)).toEqual([0, 1, 0])
  })

  test('writes a report', async () => {
    const folder = await testFolder()
    const { code, out } = await bench('all', '--quick', '--only', 'memory', '--out', folder, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ ended: [{ name: 'memory', code: 0 }] })
    for (const file of ['memory.json', 'report.md', 'report.html']) expect(existsSync(join(folder, file))).toBe(true)
  })
})
