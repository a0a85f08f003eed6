/**
 * `npm run size`: prints the lines and files of each package's sources, their budgets, and the change against another
 * commit; fails if a budget is exceeded. A total makes one think where a limit on files makes one split.
 *
 *     npm run size                          changes against main
 *     npm run size -- --against 67e190f9    against another commit
 *     npm run size -- --json                one object, for programs
 *
 * Sources are what people write and what is shipped or run: `src`, `native`, `scripts` and `peers` of packages and
 * apps, with comments and blank lines. Tests, examples and docs do not count.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { markdownTable } from 'markdown-table'

/** @typedef {{ readonly lines: number, readonly files: number }} Size */

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, against: { type: 'string', default: 'main' } },
})

/** Paths of sources; the first group is the owner: `packages/core`, `apps/cli`, `studies`. */
const source =
  /^(?:((?:packages|apps)\/[^/]+)\/(?:src|native|scripts|peers)|(studies))\/.*\.(?:ts|mts|mjs|js|svelte|cpp|cc|hpp|h|inl|py|wgsl)$/

/** @param {readonly string[]} args */
const git = (args) => execFileSync('git', args, { encoding: 'utf8', maxBuffer: 1 << 28 })

/** @type {Map<string, { lines: number, files: number, change: number }>} */
const sizes = new Map()
/**
 * The size of the owner of a path, or `undefined` if the path is no source.
 *
 * @param {string} path
 */
function sizeOf(path) {
  const [, part, studies] = source.exec(path) ?? []
  const owner = part ?? studies
  if (owner === undefined) return undefined
  const size = sizes.get(owner) ?? { lines: 0, files: 0, change: 0 }
  sizes.set(owner, size)
  return size
}

const deleted = new Set(git(['ls-files', '--deleted', '-z']).split('\0'))
const folders = ['packages', 'apps', 'studies']
const listed = git(['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '-z', ...folders])
for (const path of listed.split('\0')) {
  const size = deleted.has(path) ? undefined : sizeOf(path)
  if (size === undefined) continue
  size.lines += readFileSync(path, 'utf8').split('\n').length - 1
  size.files++
}
// Files that git does not know yet have no row here, and so no change.
for (const row of git(['diff', '--numstat', '--no-renames', values.against]).split('\n')) {
  const [added = '', removed = '', path = ''] = row.split('\t')
  const size = sizeOf(path)
  if (size !== undefined) size.change += (Number(added) || 0) - (Number(removed) || 0)
}

/** @type {{ readonly total: Size } & Record<string, Size>} */
const budgets = JSON.parse(readFileSync('scripts/checks/size.json', 'utf8'))
const rows = [...sizes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, size]) => ({ name, ...size }))
const total = rows.reduce(
  (sum, row) => ({
    name: 'total',
    lines: sum.lines + row.lines,
    files: sum.files + row.files,
    change: sum.change + row.change,
  }),
  { name: 'total', lines: 0, files: 0, change: 0 },
)
const all = [...rows, total].map((row) => ({ ...row, budget: budgets[row.name] }))
const faults = all.flatMap(({ name, lines, files, budget }) => {
  if (budget === undefined) return [`${name} has no budget: give it one in scripts/checks/size.json`]
  return lines > budget.lines || files > budget.files
    ? [
        `${name} has ${lines} lines in ${files} files, above its budget of ${budget.lines} in ${budget.files}: delete, or raise it with the reason in the commit`,
      ]
    : []
})

if (values.json) console.log(JSON.stringify({ against: values.against, sizes: all }))
else
  console.log(
    markdownTable(
      [
        ['', 'lines', 'budget', 'files', 'budget', `lines since ${values.against}`],
        ...all.map(({ name, lines, files, change, budget }) =>
          [name, lines, budget?.lines ?? '', files, budget?.files ?? '', change > 0 ? `+${change}` : change].map(
            String,
          ),
        ),
      ],
      { align: ['l', 'r', 'r', 'r', 'r', 'r'] },
    ),
  )
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0
