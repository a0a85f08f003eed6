/** Every command line of the documentation is valid for its tool. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { studies } from '../../../studies/src/studies.js'
import { faults } from '../support/commandLine.js'
import { commandsIn, root, toolOf, wordsOf } from '../support/markdown.js'
import { documentedLines } from './documentedLines.js'

const lines = await documentedLines()
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

describe('command lines of the documentation', () => {
  it('there are some, and most of our own are run', () => {
    const own = lines.filter((l) => toolOf(l.line) !== null)
    const run = own.filter((l) => l.onlyParsed === null).length
    expect(run).toBeGreaterThan(30)
    expect(own.length - run).toBeLessThan(run / 2)
  })

  it.each(lines)('$page: $line', async ({ line, onlyParsed }) => {
    const own = toolOf(line)
    if (own !== null) {
      expect(await faults(own.tool, own.args)).toBe('')
      return
    }
    // A command of another tool installs, builds, serves or tests, and is not run here.
    expect(onlyParsed).not.toBeNull()
    const [program, ...words] = wordsOf(line)
    if (program === 'python3') return expect(existsSync(join(root, words[0] ?? ''))).toBe(true)
    if (program === 'cd' || program === 'deno' || program === 'jupyter') return
    expect(program).toBe('npm')
    if (words[0] === 'install')
      for (const name of words.slice(1))
        expect(name).toMatch(/^(spikeward|(@spikeward\/|spikeward-)[\w-]+|\S+\/\*\.tgz)$/)
    else if (words[0] === 'create') expect(words[1]).toBe('spikeward')
    else {
      const [script, study] = words.filter((word) => word !== 'run' && !word.startsWith('-'))
      expect(Object.keys(manifest.scripts)).toContain(script)
      if (script === 'study') expect([...studies.map(({ name }) => name), 'docs']).toContain(study)
    }
  })

  it('are found with their remarks', () => {
    const text = '```sh\na b   # c\nd \\\n  e\n```\n\n<!-- only parsed: so -->\n```sh\nf "g h" #i\n```\n'
    expect(commandsIn('p', text)).toEqual([
      { page: 'p', lines: ['a b', 'd e'], onlyParsed: null },
      { page: 'p', lines: ['f "g h" #i'], onlyParsed: 'so' },
    ])
    expect(wordsOf(`f "g h" '#i'`)).toEqual(['f', 'g h', '#i'])
  })

  it.each([
    ['spikeward', 'train mexican-hat --estimator rfg --widths 3', /unknown option '--widths'/],
    ['spikeward', 'train mexican-hat --steps many', /steps/],
    ['spikeward', 'train mexican-cap', /mexican-cap/],
    ['spikeward', 'train mexican-hat --estimator rgf', /rgf/],
    ['spikeward', 'train mexican-hat --network deeponnet', /deeponnet/],
    ['spikeward', 'train mexican-hat --backend gpu', /gpu/],
    ['spikeward', 'train parabola --sensors 5', /sensors is ignored/],
    ['spikeward', 'train parabola --layers 3', /layers is ignored; did you mean --hidden\?/],
    ['spikeward', 'compare mexican-hat --estimators bp,rgf', /rgf/],
    ['spikeward', 'reproduce wan2024 --fast', /unknown option '--fast'/],
    ['bench', 'step --backend gpu', /not one of cpu/],
    ['bench', 'step twice', /too many arguments/],
  ] as const)('finds what is wrong in %s %s', async (script, line, message) => {
    expect(await faults(script, line.split(' '))).toMatch(message)
  })
})
