/**
 * What the gallery quotes from stored runs (docs/benchmarks/accuracy-*.json): the table and the figure of each problem, and
 * the overview. A test compares the pages with it.
 *
 *     npm run docs:gallery -- --write   writes them
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { markdownTable } from 'markdown-table'
import { coefficientsTable } from './coefficients.mjs'

const docs = new URL('../', import.meta.url)

/**
 * @typedef {object} Row
 * @property {string} problem
 * @property {string} estimator
 * @property {string} backend
 * @property {string} options
 * @property {number} relativeL2
 * @property {number} [relativeL2Pooled] of operators
 * @property {number | null} baselineRidge null where there is no data to fit
 * @property {number} steps
 * @property {number} trainingSeconds
 * @property {Readonly<Record<string, number>> | null} [coefficients] of inverse problems
 * @property {string | null} failure
 */

/**
 * @typedef {object} Result of one estimator with some options over keys
 * @property {string} problem
 * @property {string} estimator
 * @property {string} options
 * @property {string} run the stored run
 * @property {number} keys
 * @property {Summary} mean per function
 * @property {Summary} pooled
 * @property {number | null} baseline
 * @property {Readonly<Record<string, readonly number[]>>} coefficients by name, one value for each key; none in runs that did not store them
 */

/** @typedef {{ readonly mean: number, readonly spread: number }} Summary */

/**
 * @param {readonly number[]} values
 * @returns {Summary} mean and sample deviation
 */
function summary(values) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0)
  return { mean, spread: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 }
}

/**
 * @param {readonly Row[]} rows
 * @returns {number | null} the mean error of the untrained network with a solved readout
 */
function baselineOf(rows) {
  const values = rows.flatMap(({ baselineRidge }) => (baselineRidge === null ? [] : [baselineRidge]))
  return values.length === 0 ? null : summary(values).mean
}

/** @param {readonly Row[]} rows */
const coefficientsIn = (rows) =>
  Object.fromEntries(
    Object.keys(rows[0]?.coefficients ?? {}).map((name) => [name, rows.flatMap((r) => r.coefficients?.[name] ?? [])]),
  )

/** @param {number | null} baseline */
const shown = (baseline) => baseline?.toFixed(4) ?? '–'

/** @returns {readonly Result[]} of all stored runs on the native backend, the lowest error of each problem first */
export function storedResults() {
  const folder = new URL('benchmarks/', docs)
  const files = readdirSync(folder)
    .filter((file) => /^accuracy-.*\.json$/.test(file))
    .sort()
  return files
    .flatMap((file) => {
      /** @type {{ rows: readonly Row[] }} */
      const { rows } = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
      const done = rows.filter(({ backend, failure }) => backend === 'native' && failure === null)
      const names = new Set(
        done.map(({ problem, estimator, options }) => JSON.stringify([problem, estimator, options])),
      )
      return [...names].map((name) => {
        const [problem, estimator, options] = JSON.parse(name)
        const own = done.filter((r) => r.problem === problem && r.estimator === estimator && r.options === options)
        return {
          problem,
          estimator,
          options,
          run: file.replace('.json', ''),
          keys: own.length,
          mean: summary(own.map((r) => r.relativeL2)),
          pooled: summary(own.map((r) => r.relativeL2Pooled ?? r.relativeL2)),
          baseline: baselineOf(own),
          coefficients: coefficientsIn(own),
        }
      })
    })
    .sort((a, b) => a.mean.mean - b.mean.mean)
}

/** @param {Result} result */
const isSpiking = ({ options }) => !options.includes('--spiking none')

/** @param {Result} result of a method without a pass back over time */
const isForwardOnly = (result) => isSpiking(result) && result.estimator !== 'bp'

/** @param {Summary} value */
const withSpread = ({ mean, spread }) =>
  mean < 1e-3 ? `${mean.toExponential(1)} ± ${spread.toExponential(1)}` : `${mean.toFixed(4)} ± ${spread.toFixed(4)}`

/** @param {string} options with those words in quotes that a shell would read otherwise */
const quoted = (options) => options.replaceAll(/\S*\(\S*/g, "'$&'")

/** @param {Result} result */
const commandOf = ({ problem, estimator, options }) => {
  const [name, scope] = estimator.split('/')
  const scoped = scope === undefined ? '' : ` --scope ${scope}`
  return `npm run -s spikeward -- train ${problem} --backend native --estimator ${name}${scoped}${options === '' ? '' : ` ${quoted(options)}`}`
}

/**
 * The part of a problem's page that is written from stored runs.
 *
 * @param {string} problem
 * @param {readonly Result[]} results
 * @param {string} up the path from the page to docs
 */
export function blockOf(problem, results, up = '../') {
  const own = results.filter((r) => r.problem === problem)
  const best = own.find(isForwardOnly)
  const lead = best ?? own[0]
  if (lead === undefined)
    return `No stored run. Train it with the default settings:\n\n${fenced(`npm run -s spikeward -- train ${problem} --backend native`)}`
  const dense = own.find((r) => !isSpiking(r))
  const summary =
    best === undefined
      ? `No run with spikes is stored. A dense network has **${withSpread(lead.mean)}** (\`${lead.estimator}\`, ${lead.keys} keys).`
      : `The lowest error of a forward-only method is **${withSpread(best.mean)}** (relative L2, mean per function, ${best.keys} keys).${comparison(best)}${dense === undefined ? '' : ` A dense network has ${withSpread(dense.mean)} (\`${dense.estimator}\`).`}`
  const cells = own.map((r) => [
    `\`${r.estimator}\``,
    r.options === '' ? 'defaults' : `\`${r.options}\``,
    withSpread(r.mean),
    withSpread(r.pooled),
    shown(r.baseline),
    `${r.keys}, \`${r.run}\``,
  ])
  return `![Errors of the stored runs: mean and spread over keys, with the untrained baseline](${up}images/gallery/${problem}.svg)

${summary}

${fenced(commandOf(lead))}

${markdownTable([['estimator', 'options', 'mean per function', 'pooled', 'untrained', 'keys, stored run'], ...cells], {
  alignDelimiters: false,
  padding: true,
})}`
}

/** @param {Result} best */
function comparison({ mean, baseline }) {
  if (baseline === null) return ''
  const verdict = mean.mean < baseline ? '' : ', so that training has learned nothing here'
  return ` The same
network with random hidden layers and a readout by ridge regression has ${baseline.toFixed(4)}${verdict}.`
}

/** @param {string} command */
const fenced = (command) => `\`\`\`sh\n${command}\n\`\`\``

/** Problems whose pages are among the equations. */
const equations = readdirSync(new URL('gallery/equations/', docs)).map((file) => file.replace('.md', ''))

/** @param {string} problem */
const linkOf = (problem) => (equations.includes(problem) ? `equations/${problem}` : problem)

/**
 * Goals for the relative L2 error: of a spiking network, of a dense one; null where none is set. `row` holds what the options of a run must contain.
 *
 * @type {readonly { readonly name: string, readonly problem: string, readonly row?: string, readonly spiking: number, readonly dense: number }[]}
 */
const goals = [
  { name: 'Poisson, square', problem: 'poisson-2d', spiking: 1e-2, dense: 1e-3 },
  { name: 'Poisson, disc', problem: 'poisson-2d', row: '--shape disc', spiking: 1e-2, dense: 1e-3 },
  { name: 'Poisson, L', problem: 'poisson-2d', row: '--shape l', spiking: 3e-2, dense: 1e-2 },
  { name: 'Helmholtz (1, 4)', problem: 'helmholtz-2d', spiking: 3e-2, dense: 3e-3 },
  { name: 'Burgers, shock', problem: 'burgers-pinn', spiking: 2e-2, dense: 2e-3 },
  { name: 'Allen–Cahn', problem: 'allen-cahn', spiking: 5e-2, dense: 1e-2 },
  { name: 'Kovasznay', problem: 'kovasznay', spiking: 2e-2, dense: 2e-3 },
  { name: 'elasticity', problem: 'elasticity-2d', spiking: 3e-2, dense: 5e-3 },
  { name: 'Darcy, piecewise constant, 29²', problem: 'darcy-2d', spiking: 5e-2, dense: 3e-2 },
  { name: 'Navier–Stokes vorticity, 32²', problem: 'navier-stokes', spiking: 6e-2, dense: 3e-2 },
]

/**
 * The goals beside what was reached, forward only.
 *
 * @param {readonly Result[]} results
 */
export function goalsTable(results) {
  const cells = goals.map(({ name, problem, row = '', spiking, dense }) => {
    const own = results.filter(
      (r) =>
        r.problem === problem &&
        r.estimator !== 'bp' &&
        (row === '' ? !r.options.includes('--shape') : r.options.includes(row)),
    )
    /** @param {number} goal @param {boolean} spikes */
    const reached = (goal, spikes) => {
      const best = own.find((r) => isSpiking(r) === spikes)
      if (best === undefined) return [`${goal}`, 'no stored run']
      return [`${goal}`, `${withSpread(best.mean)}${best.mean.mean <= goal ? '' : ' (not reached)'}`]
    }
    return [name, ...reached(spiking, true), ...reached(dense, false)]
  })
  return markdownTable([['equation', 'goal, spiking', 'reached', 'goal, dense', 'reached'], ...cells], {
    alignDelimiters: false,
  })
}

/**
 * The overview: the best forward-only result of each problem.
 *
 * @param {readonly Result[]} results
 */
export function overview(results) {
  const problems = [...new Set(results.map((r) => r.problem))].sort()
  const cells = problems.flatMap((problem) => {
    const best = results.find((r) => r.problem === problem && isForwardOnly(r))
    if (best === undefined) return []
    const error = best.mean.mean < (best.baseline ?? 0) ? `**${withSpread(best.mean)}**` : withSpread(best.mean)
    return [[`[${problem}](${linkOf(problem)})`, `\`${best.estimator}\``, error, shown(best.baseline)]]
  })
  return markdownTable([['problem', 'estimator', 'error', 'untrained baseline'], ...cells], { alignDelimiters: false })
}

/**
 * A figure of the stored errors on a logarithmic axis.
 *
 * @param {string} problem
 * @param {readonly Result[]} results
 * @returns {string | undefined} SVG; undefined without stored runs
 */
export function figureOf(problem, results) {
  const own = results.filter((r) => r.problem === problem).slice(0, 8)
  if (own.length === 0) return undefined
  const all = own.flatMap((r) => [r.mean.mean - r.mean.spread, r.mean.mean + r.mean.spread, r.baseline ?? r.mean.mean])
  const low = Math.floor(Math.log10(Math.max(1e-6, Math.min(...all))) * 2) / 2
  const high = Math.ceil(Math.log10(Math.max(...all)) * 2) / 2
  /** @param {number} error */
  const at = (error) => (300 + (400 * (Math.log10(Math.max(error, 10 ** low)) - low)) / (high - low)).toFixed(1)
  const ticks = [1e-6, 1e-5, 1e-4, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].filter(
    (t) => t >= 10 ** low && t <= 10 ** high,
  )
  const bottom = 40 + 28 * own.length
  const lines = own.map((r, i) => {
    const y = 40 + 28 * i
    const label = `${r.estimator} ${r.options.replaceAll('--', '')}`.trim()
    const short = label.length > 42 ? `${label.slice(0, 41)}…` : label
    const colour = r.estimator === 'bp' ? '#8b8f98' : '#c2561a'
    return `<text x="290" y="${y + 4}" text-anchor="end">${short}</text>
${r.baseline === null ? '' : `<path d="M${at(r.baseline)} ${y - 8}v16" stroke="#3b82c4" stroke-width="2"/>`}
<path d="M${at(r.mean.mean - r.mean.spread)} ${y}H${at(r.mean.mean + r.mean.spread)}" stroke="${colour}" stroke-width="2"/>
<circle cx="${at(r.mean.mean)}" cy="${y}" r="5" fill="${isSpiking(r) ? colour : 'none'}" stroke="${colour}" stroke-width="2"/>`
  })
  const axis = ticks.map(
    (t) =>
      `<path d="M${at(t)} 24V${bottom - 14}" stroke="#8b8f98" stroke-opacity=".35"/><text x="${at(t)}" y="${bottom + 4}" text-anchor="middle">${t < 1e-3 ? t.toExponential(0) : t}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 ${bottom + 44}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="#6b7280">
<title>${problem}: relative L2 errors of the stored runs</title>
${[...axis, ...lines].join('\n')}
<text x="500" y="${bottom + 22}" text-anchor="middle">relative L2 error, mean per function</text>
<text x="8" y="${bottom + 38}">Filled: spiking. Open: dense. Grey: back-propagation. Blue line: the same network with random hidden layers.</text>
</svg>
`
}

const begin = '<!-- from stored runs: npm run docs:gallery -- --write -->'
const end = '<!-- end -->'

/** @returns {Readonly<Record<string, string>>} every file of the gallery that holds something of stored runs, up to date */
export function galleryFiles() {
  const results = storedResults()
  const pages = readdirSync(new URL('gallery/', docs), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.md'),
  )
  return Object.fromEntries(
    pages.flatMap((file) => {
      const problem = file.replace('.md', '').replace('equations/', '')
      const up = file.startsWith('equations/') ? '../../' : '../'
      const text = readFileSync(new URL(`gallery/${file}`, docs), 'utf8')
      const [head = '', rest] = text.split(begin)
      const tail = rest?.split(end)[1]
      if (tail === undefined) throw new Error(`docs/gallery/${file} has no place for stored runs: ${begin} … ${end}`)
      const block =
        file === 'index.md'
          ? overview(results)
          : file === 'equations/index.md'
            ? [goalsTable(results), coefficientsTable(results)].filter((table) => table !== '').join('\n\n')
            : blockOf(problem, results, up)
      const figure = figureOf(problem, results)
      return [
        [`gallery/${file}`, `${head}${begin}\n\n${block}\n\n${end}${tail}`],
        ...(figure === undefined ? [] : [[`images/gallery/${problem}.svg`, figure]]),
      ]
    }),
  )
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [path, text] of Object.entries(galleryFiles())) {
    const file = new URL(path, docs)
    if (process.argv.includes('--write')) writeFileSync(file, text)
    else process.stdout.write(text)
  }
}
