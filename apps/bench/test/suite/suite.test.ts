import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { quoted } from '../../src/run/benchmark.js'
import { argumentsOf, chosenRows, full, quick, runSuite } from '../../src/commands/all.js'
import { makeProgram } from '../../src/program.js'
import { bench } from '../support/fakeIo.js'
import { testFolder } from '../support/folder.js'

const silent = { out: () => undefined, err: () => undefined }

const stored = await full()

describe('the suite', () => {
  const program = makeProgram(silent)

  test.each([...stored, ...quick])('$name is a valid command line', ({ args: [name = '', ...rest] }) => {
    const command = program.commands.find((c) => c.name() === name)
    expect(command?.parseOptions(rest)).toEqual({ operands: [], unknown: [] })
  })

  test('reads the arguments of a stored line as a shell does', () => {
    const args = ['accuracy', '--options', '--s 0.25 --steps 3', '--estimators', 'rfg,randomSign(rfg)', '--options', '']
    expect(argumentsOf(`npm run -s bench -- ${quoted(args)}`)).toEqual(args)
  })

  test('is limited to rows by name, and refuses an unknown name', async () => {
    const names = (only?: readonly string[]) => chosenRows(stored, only).map((r) => r.name)
    expect(names()).toEqual(stored.map((r) => r.name))
    expect(names(['step-native', 'step-cpu-1-thread'])).toEqual(['step-cpu-1-thread', 'step-native'])
    const { code, err } = await bench('all', '--only', 'step-native,step-cpu')
    expect(code).toBe(1)
    expect(err).toMatch(/no row step-cpu; its rows are accuracy-/)
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
