import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { defineBenchmark } from '../../src/run/benchmark.js'
import { readRun, readRuns, writeRun } from '../../src/run/storedRuns.js'
import { jsonText } from '../../src/run/jsonText.js'
import { bench } from '../support/fakeIo.js'
import { testFolder } from '../support/folder.js'
import { someRun } from '../support/runs.js'

const tiny = ['--backend', 'reference', '--widths', '2,8,1', '--time', '4', '--batch', '16']

describe('a benchmark as a command', () => {
  test('writes the same object to standard output and to the file, with machine, versions, commit and settings', async () => {
    const folder = await testFolder()
    const args = ['step', ...tiny, '--repeat', '1', '--peers', 'none', '--json', '--out', folder, '--name', 'mine']
    const { code, out } = await bench(...args)
    expect(code).toBe(0)
    const printed: unknown = JSON.parse(out)
    const stored = JSON.parse(await readFile(join(folder, 'mine.json'), 'utf8')) as object
    expect(stored).toEqual(JSON.parse(jsonText(printed as object)))
    expect(printed).toMatchObject({
      schema: 1,
      command: 'step',
      line: `npm run -s bench -- step ${tiny.join(' ')} --repeat 1 --peers none`,
      machine: { processor: expect.any(String) as string, cores: expect.any(Number) as number },
      versions: { node: process.versions.node },
      settings: { repeat: 1, widths: [2, 8, 1] },
      samples: { spikeward: [expect.any(Number) as number] },
    })
  })

  test('--quick takes its own defaults, and given options take precedence', async () => {
    const settingsOf = async (...args: string[]) =>
      (JSON.parse((await bench('memory', ...tiny, '--json', ...args)).out) as { settings: object }).settings
    expect(await settingsOf('--quick')).toMatchObject({ times: [16, 64], batch: 16 })
    expect(await settingsOf('--quick', '--times', '4')).toMatchObject({ times: [4] })
  })
})

describe('--quick', () => {
  test('also sets an option that has no default, unless it is given', async () => {
    const seen: object[] = []
    const entry = defineBenchmark<{ seconds?: number }, object>({
      name: 'probe',
      folder: 'speed',
      about: '',
      options: (command) => command.option('--seconds <s>', '', Number),
      quick: { seconds: 1 },
      measure: async (settings) => {
        seen.push(settings)
        return { result: {}, samples: {} }
      },
      tables: () => [],
      figures: () => [],
    })
    for (const args of [[], ['--quick'], ['--quick', '--seconds', '5']]) {
      const program = new Command()
      entry.add(program, { out: () => undefined, err: () => undefined })
      await program.parseAsync(['probe', ...args], { from: 'user' })
    }
    expect(seen).toEqual([{}, { seconds: 1 }, { seconds: 5 }])
  })
})

describe('the text of a stored run', () => {
  test('has one field or one row a line, and rounds what was measured', () => {
    const value = {
      settings: { rate: 1 / 3 },
      rows: [{ a: [1, 2 / 3, 1e-7], b: null, left: undefined }, { a: [] }],
      samples: { first: Array.from({ length: 40 }, (_, i) => i + 0.5), second: [-12345678901.5, 2 ** 40] },
      left: undefined,
      text: 'a "quoted" line\n',
    }
    const lines = jsonText(value).split('\n')
    expect(lines.slice(0, 5)).toEqual([
      '{',
      '"settings":{"rate":0.3333333333333333},',
      '"rows":[',
      '{"a":[1,0.66666667,1e-7],"b":null},',
      '{"a":[]}',
    ])
    expect(lines.slice(8)).toEqual([
      '"second":[-12345679000,1099511627776]',
      '},',
      '"text":"a \\"quoted\\" line\\n"',
      '}',
      '',
    ])
    expect(JSON.parse(jsonText({ text: value.text, few: { a: 1 } }))).toEqual({ text: value.text, few: { a: 1 } })
  })
})

describe('stored runs', () => {
  test('are read back unchanged', async () => {
    const folder = await testFolder()
    const run = someRun({ samples: { a: [1, 2.5, 1e-7], b: [] }, rows: [{ values: [1, null, 3] }] })
    await writeRun(join(folder, 'new'), 'one', run)
    expect(await readRuns(join(folder, 'new'))).toEqual([{ name: 'one', run }])
  })

  test.each([
    ['not JSON', /not a stored benchmark/],
    ['[]', /no "schema": 1/],
    ['{"schema": 2}', /no "schema": 1/],
    ['{"schema": 1, "command": "step"}', /it has no line/],
  ])('%s is refused', async (text, message) => {
    const path = join(await testFolder(), 'x.json')
    await writeFile(path, text)
    await expect(readRun(path)).rejects.toThrow(message)
  })
})
