import { readFile, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { renderDocs } from '../../src/commands/docs.js'
import { benchmarkPages, withRuns, withSections } from '../../src/docs/benchmarkPages.js'
import { withFindings, withHeadlines } from '../../src/docs/headlines.js'
import { checkoutRoot } from '../../src/io.js'
import { measuredOn } from '../../src/run/run.js'
import { digits, drawSvg, lines, mib, tableHtml, tableMarkdown } from '../../src/report/tableMarkdown.js'
import { benchmarks } from '../../src/run/benchmarks.js'
import { writeRun } from '../../src/run/storedRuns.js'
import { checkPlaces, familyOf, placeOf, placeRuns, readRunsInDocs } from '../../src/docs/storedInDocs.js'
import { bench } from '../support/fakeIo.js'
import { testFolder } from '../support/folder.js'
import { someRun } from '../support/runs.js'

const tiny = ['--backend', 'reference', '--widths', '2,8,1', '--time', '4', '--batch', '16']

describe('the pages of stored runs', () => {
  test('match them', async () => {
    // To update them: npm run -s bench -- docs
    const rendered = await renderDocs()
    expect(rendered.map(({ path }) => relative(checkoutRoot, path))).toEqual(
      expect.arrayContaining(['README.md', 'docs/benchmarks.md', 'docs/benchmarks/speed/step.md']),
    )
    for (const { path, text } of rendered) expect(await readFile(path, 'utf8'), path).toBe(text)
  })

  test('a page shows no run that is not stored', () => {
    expect(() => withRuns('<!-- run: none -->\n<!-- end -->', [], benchmarks)).toThrow(/no such run is stored/)
    expect(withRuns('nothing', [], benchmarks)).toBe('nothing')
  })

  test('quotes no run that is not stored, and writes nothing without its marks', () => {
    expect(() => withHeadlines('<!-- measured: none --><!-- end -->', [], benchmarks)).toThrow(/no such run is stored/)
    expect(() => withHeadlines('nothing', [], benchmarks)).toThrow(/add both marks/)
    expect(() => withFindings('<!-- finding: none --><!-- end -->', [], benchmarks)).toThrow(/no such run is stored/)
  })

  test('have a finding with a number in each row of their index', async () => {
    const index = await readFile(join(checkoutRoot, 'docs', 'benchmarks.md'), 'utf8')
    const rows = index.split('\n').filter((line) => line.startsWith('| **'))
    expect(rows.length).toBeGreaterThan(5)
    for (const row of rows) {
      const finding = /\| <!-- finding(?: of)?: [\w-]+ -->([^|]*)<!-- end --> \|/.exec(row)?.[1] ?? ''
      expect(finding, row).toMatch(/\d/)
      expect(finding, row).not.toMatch(/(?<!\S)–(?!\S)|undefined|NaN/)
    }
  })

  test('are linked in docs/benchmarks.md', async () => {
    const index = await readFile(join(checkoutRoot, 'docs/benchmarks.md'), 'utf8')
    const all = [...index.matchAll(/\]\(([\w./-]+)[)#]/g)].map(([, link = '']) => join('docs', link))
    const pages = (await renderDocs()).map(({ path }) => relative(checkoutRoot, path))
    expect(all).toEqual(expect.arrayContaining(pages.filter((path) => path.startsWith('docs/benchmarks/'))))
  })

  test('have their runs in their folders', async () => {
    const folder = await testFolder()
    const run = (date: string) => someRun({ command: 'profile', date })
    await writeRun(join(folder, 'runs'), 'of-scans', run('2026'))
    const found = await readRunsInDocs(folder)
    expect(found).toEqual([{ name: 'of-scans', run: run('2026'), path: 'runs/of-scans.json' }])
    expect(() => checkPlaces(found, benchmarks)).toThrow(
      /docs\/benchmarks\/runs\/of-scans\.json belongs to docs\/benchmarks\/runs\/speed\/profile\/of-scans\.json/,
    )
    await placeRuns(folder, benchmarks)
    const [placed] = await readRunsInDocs(folder)
    expect(placed?.path).toBe('runs/speed/profile/of-scans.json')
    expect(() => checkPlaces([placed!], benchmarks)).not.toThrow()
    // One that was measured again replaces it.
    await writeRun(join(folder, 'runs'), 'of-scans', run('2027'))
    await placeRuns(folder, benchmarks)
    expect((await readRunsInDocs(folder)).map((stored) => stored.run.date)).toEqual(['2027'])
    // An older one does not.
    await writeRun(join(folder, 'runs'), 'of-scans', run('2026'))
    await expect(placeRuns(folder, benchmarks)).rejects.toThrow(
      /runs\/of-scans\.json \(2026\) is older than docs\/benchmarks\/runs\/speed\/profile\/of-scans\.json \(2027\)/,
    )
    await rm(join(folder, 'runs/of-scans.json'))
    expect((await readRunsInDocs(folder)).map((stored) => stored.run.date)).toEqual(['2027'])
    // The same name in the folder of another page.
    await writeRun(join(folder, 'runs'), 'of-scans', someRun({ command: 'step' }))
    await placeRuns(folder, benchmarks)
    const twice = await readRunsInDocs(folder)
    expect(() => checkPlaces(twice, benchmarks)).toThrow(/two runs of one name; delete the older one/)
    // Those of several pages belong to the first one.
    const rows = ['mexican-hat', 'poisson-1d'].map((problem) => ({ problem, options: '' }))
    expect(placeOf({ name: 'both', run: someRun({ command: 'accuracy', rows }) }, benchmarks)).toBe(
      'runs/accuracy/index/both.json',
    )
  })

  test('of accuracy: the kind of a problem names its page', () => {
    const shown = ['ripple', 'burgers', 'heat-1d'].map((problem) => familyOf({ problem }))
    expect(shown).toEqual(['functions', 'operators', 'equations'])
    expect(() => familyOf({ problem: 'none' })).toThrow(/no declared problem is called none/)
  })

  test('show each row of a run once, on the pages of its problems', async () => {
    const stored = (await readRunsInDocs(join(checkoutRoot, 'docs', 'benchmarks'))).filter(
      (s) => s.run.command === 'accuracy',
    )
    const entry = benchmarks.find((b) => b.name === 'accuracy')!
    const rowsOf = (run: object): readonly unknown[] => (run as { readonly rows: readonly unknown[] }).rows
    for (const { name, run } of stored) {
      const parts = entry.pages(run)
      expect(new Set(parts.flatMap((p) => rowsOf(p.run))), name).toEqual(new Set(rowsOf(run)))
      expect(
        parts.reduce((sum, p) => sum + rowsOf(p.run).length, 0),
        name,
      ).toBe(rowsOf(run).length)
    }
  })

  test('show every run: one without a section gets one, and one without a page is refused', async () => {
    const page = '# Laws\n\n## Depth\n\n<!-- run: laws-depth -->\n<!-- end -->\n'
    expect(withSections(page, ['laws-depth'])).toBe(page)
    expect(withSections(page, ['laws-depth', 'of-scans'])).toBe(
      `${page}\n## \`of-scans\`\n\n<!-- run: of-scans -->\n<!-- end -->\n`,
    )
    const odd = [{ name: 'odd-run', run: someRun({ command: 'odd' }) }]
    await expect(benchmarkPages(await testFolder(), odd, benchmarks)).rejects.toThrow(/no page shows odd-run; write/)
  })
})

test('a run says how long it took, if that is not next to nothing', () => {
  const took = (seconds: number) => measuredOn({ ...someRun({ command: 'profile' }), seconds })
  expect(took(24)).toContain(', took 24 s')
  expect(took(0.1)).not.toContain('took')
})

test('a run names the instruction set, if it was recorded', () => {
  const run = someRun({ command: 'profile' })
  expect(measuredOn(run)).toContain('2 cores, 4 GiB; an OS')
  const machine = { ...run.machine, instructionSet: 'avx512' }
  expect(measuredOn({ ...run, machine })).toContain('2 cores, 4 GiB, avx512; an OS')
})

describe('a report', () => {
  test('is Markdown and one self-contained page', async () => {
    const folder = await testFolder()
    await bench('step', ...tiny, '--repeat', '1', '--peers', 'none', '--out', folder)
    await bench('memory', ...tiny, '--times', '4,8', '--out', folder)
    await writeRun(folder, 'odd', someRun({ command: 'odd' }))
    const { code, err } = await bench('report', folder)
    expect(code).toBe(0)
    expect(err).toMatch(/odd.json is a run of an unknown command/)
    const html = await readFile(join(folder, 'report.html'), 'utf8')
    expect(html.match(/<svg /g)).toHaveLength(2)
    expect(html).not.toMatch(/(src|href)="(?!#)[^"]*"|@import|<script/)
    const markdown = await readFile(join(folder, 'report.md'), 'utf8')
    expect(markdown).toMatch(/## step\n[^]*## memory\n/)
    expect(markdown).toMatch(/\| rfg \| 4 \|/)
  })

  test('escapes markup', () => {
    const table = { title: '', head: ['a|b'], rows: [['<i>"x" & y']] }
    expect(tableMarkdown(table)).toContain('a\\|b')
    expect(tableHtml(table)).toContain('&lt;i&gt;&quot;x&quot; &amp; y')
  })

  test('a logarithmic axis leaves out values that it cannot show', async () => {
    const axis = { title: 'n', log: true }
    const points = [1, 10, 0, -5].map((v) => ({ x: 1 + Math.abs(v), y: v, line: 'l' }))
    const { spec } = lines('t', points, axis, axis)
    expect((spec as { data: { values: object[] } }).data.values).toHaveLength(2)
    expect(await drawSvg({ title: 't', spec })).toMatch(/^<svg /)
  })
})

describe('numbers for display', () => {
  test.each([
    [24.0878, '24.1'],
    [0.0261666, '0.0262'],
    [1234.5, '1235'],
    [3.4e-5, '3.40e-5'],
    [2.5e7, '2.50e+7'],
    [0, '0'],
    [null, '–'],
    [Number.NaN, '–'],
  ])('%d is %s', (value, text) => expect(digits(value)).toBe(text))
  test('MiB', () => expect(mib(3 * 2 ** 20)).toBe('3.00'))
})
