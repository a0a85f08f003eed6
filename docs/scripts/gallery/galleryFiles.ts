/**
 * Writes the parts of the gallery that come from runs of `bench accuracy`: the table and the figure of each problem,
 * and the overview.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { coefficientsTable } from './coefficientsTable.js'
import { figureOf } from './figureOf.js'
import { blockOf, goalsTable, overview } from './pages.js'
import { storedResults } from './storedResults.js'

const begin = '<!-- from stored runs: npm run docs:gallery -- --write -->'
const end = '<!-- end -->'

/**
 * Every file that holds something of stored runs, up to date.
 *
 * @param docs the folder of the documentation
 */
export function galleryFiles(docs: string): Readonly<Record<string, string>> {
  const results = storedResults(docs)
  const equations = readdirSync(`${docs}/gallery/equations`).map((file) => file.replace('.md', ''))
  const linkOf = (problem: string): string =>
    equations.includes(problem) ? `equations/${problem}.md` : `${problem}.md`
  const films = readdirSync(`${docs}/images/gallery/films`)
  const pictureOf = (problem: string): string =>
    `../images/gallery/${films.includes(`${problem}-still.png`) ? `films/${problem}-still` : `thumbnails/${problem}`}.png`
  const pages = readdirSync(`${docs}/gallery`, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.md'),
  )
  return Object.fromEntries(
    pages.flatMap((file): readonly (readonly [string, string])[] => {
      const problem = file.replace('.md', '').replace('equations/', '')
      const up = file.startsWith('equations/') ? '../../' : '../'
      const text = readFileSync(`${docs}/gallery/${file}`, 'utf8')
      const [head = '', rest] = text.split(begin)
      const tail = rest?.split(end)[1]
      if (tail === undefined) throw new Error(`docs/gallery/${file} has no place for stored runs: ${begin} … ${end}`)
      const block =
        file === 'index.md'
          ? overview(results, linkOf, pictureOf)
          : file === 'equations/index.md'
            ? [goalsTable(results), coefficientsTable(results)].filter((part) => part !== '').join('\n\n')
            : blockOf(problem, results, up)
      const figure = figureOf(problem, results)
      const page: readonly [string, string] = [`gallery/${file}`, `${head}${begin}\n\n${block}\n\n${end}${tail}`]
      return figure === undefined ? [page] : [page, [`images/gallery/${problem}.svg`, figure]]
    }),
  )
}
