/** The programs of a page that run in it, their output, and the layout of tables. */
import MarkdownIt from 'markdown-it'
import { describe, expect, it } from 'vitest'
import { classOfCell, prepareMarkdown } from '../.vitepress/prepareMarkdown.js'
import { isRunnable } from '../.vitepress/theme/run/isRunnable.js'
import { printed } from '../.vitepress/theme/run/printed.js'
import { faultOfProgram } from '../scripts/walk/runPrograms.mjs'
import { blocks } from './support/blocks.js'

describe('a program of a page', () => {
  it('is offered only if the page has all that it imports', async () => {
    expect(isRunnable("import { tensor } from '@spikeward/core'\nimport { mine } from '@spikeward/core/backend'")).toBe(
      true,
    )
    expect(isRunnable("import { tensor } from '@spikeward/core'\nimport { chip } from '@spikeward/chip'")).toBe(false)
    expect(isRunnable("import { readFile } from 'node:fs/promises'\nimport { tensor } from '@spikeward/core'")).toBe(
      false,
    )
    expect(isRunnable('const part = 1')).toBe(false)
    // A file to save and to import prints nothing.
    expect(isRunnable("import { tensor } from '@spikeward/core'\nexport const one = () => tensor(1)")).toBe(false)
    const offered = (await blocks()).filter((b) => b.language === 'ts' && isRunnable(b.code))
    expect(offered.length).toBeGreaterThan(15)
  })

  it('prints texts, numbers, arrays and records in short', () => {
    expect([printed('a'), printed(0.5), printed(true), printed(null)]).toEqual(['a', '0.5', 'true', 'null'])
    expect(printed(Float32Array.of(0.1, 2))).toBe('[0.1, 2]')
    expect(printed(['a', [1]])).toBe("[ 'a', [ 1 ] ]")
    expect(printed({ a: 1, b: { c: 'd' } })).toBe("{ a: 1, b: { c: 'd' } }")
    expect(printed([[], {}])).toBe('[ [], {} ]')
  })

  it('must print what its text says', () => {
    const run = (code: string, output: string) => faultOfProgram({ code, state: 'done', printed: output })
    expect(run('console.log(x) // 2 1', '1.9999 1.00004')).toBeNull()
    expect(run('console.log(x) // 2 1', '1.9999 0.4')).toMatch(/the comment says 2 1/)
    // The numbers have to be those of the comment's own line, to the digits that it shows.
    expect(run('console.log(x) // 1\nconsole.log(y) // 2', '2\n1')).toMatch(/the comment says 1,/)
    expect(run('console.log(x) // 0.300', '0.304')).toMatch(/the comment says 0.300/)
    expect(run('console.log(x) // 625 points', 'u_xx = f^2 625')).toBeNull()
    expect(run('for (const x of all) console.log(x) // 1', '1\n2')).toBeNull()
    expect(run('console.log(x) // 420 = 20 functions × 21 points', '420')).toBeNull()
    expect(run('console.log(x) // 4225 1: predicting zero is 100 % wrong', '4225 1')).toBeNull()
    expect(run('console.log(x) // 4225 1: predicting zero is 100 % wrong', '4225 0')).toMatch(/the comment says 4225 1/)
    expect(run('console.log(x) // shape [1, 3], zero at both ends', '0 0.5 0')).toBeNull()
    expect(run("console.log(x) // [ 'x', 'y' ] [ 2, 2 ]", 'x,y 2,2')).toBeNull()
    expect(run('console.log(x) // [ 1, 2 ]', '1,3')).toMatch(/the comment says \[ 1, 2 \]/)
    expect(run('console.log(x) // false', 'true')).toMatch(/false is not printed/)
    expect(run('console.log(x)', 'NaN')).toMatch(/prints 'NaN'/)
    expect(faultOfProgram({ code: 'x()', state: 'failed', printed: 'x is not defined' })).toBe('x(): x is not defined')
  })
})

it('a figure keeps its line in a table, and a long text gets room', () => {
  for (const text of ['0.0057 ± 0.0004', '**7.4e-4 ± 8.4e-4**', '12,345', '−1', '1/25'])
    expect(classOfCell(text), text).toBe('figure')
  expect(classOfCell('`--interval 0,1 --sensors 50 --sizes 1000,200,500`')).toBe('long')
  const short = [
    '[advection](equations/advection-diffusion.md)',
    '<img src="../images/gallery/thumbnails/a.png" alt="a">',
  ]
  for (const text of ['', '–', 'defaults', '`rfg`', ...short]) expect(classOfCell(text), text).toBeNull()
})

it('the empty corner of a table is no header, and an indented block is drawn as a fenced one', () => {
  const markdown = new MarkdownIt()
  // VitePress brings types of its own for the same library.
  prepareMarkdown(markdown as unknown as Parameters<typeof prepareMarkdown>[0])
  const fenced: string[] = []
  markdown.renderer.rules['fence'] = (tokens, i) => {
    fenced.push(tokens[i]!.content)
    return ''
  }
  const html = markdown.render('| | a |\n|-|-|\n| x | 0.1 ± 2 |\n\n    y = 1\n')
  expect(html.replace(/\s+/g, '')).toContain('<tr><td></td><th>a</th></tr>')
  expect(html).toContain('<td class="figure">0.1 ± 2</td>')
  expect(fenced).toEqual(['y = 1\n'])
})
