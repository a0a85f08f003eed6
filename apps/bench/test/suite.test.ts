import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runSuite } from '../src/commands/all.js'
import { makeProgram } from '../src/program.js'
import { full, quick } from '../src/suite/suite.js'
import { bench } from './fakeIo.js'
import { testFolder } from './folder.js'

const silent = { out: () => undefined, err: () => undefined }

describe('the suite', () => {
  const program = makeProgram(silent)

  test.each([...full, ...quick])('$name is a command line that can be typed', ({ args: [name = '', ...rest] }) => {
    const command = program.commands.find((c) => c.name() === name)
    expect(command?.parseOptions(rest)).toEqual({ operands: [], unknown: [] })
  })

  test('has a file name of its own for every row, and a little one under ten minutes', () => {
    for (const rows of [full, quick]) expect(new Set(rows.map((r) => r.name)).size).toBe(rows.length)
    expect(quick.reduce((sum, r) => sum + r.seconds, 0)).toBeLessThan(600)
  })

  test('goes on after a failure and tells of it', async () => {
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

  test('leaves a report behind', async () => {
    const folder = await testFolder()
    const { code, out } = await bench('all', '--quick', '--only', 'memory', '--out', folder, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ ended: [{ name: 'memory', code: 0 }] })
    for (const file of ['memory.json', 'report.md', 'report.html']) expect(existsSync(join(folder, file))).toBe(true)
  }, 180_000)
})
