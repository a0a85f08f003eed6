import { type Result, isSpiking } from './storedResults.js'

/** The most letters of a line of a label. */
const LETTERS = 42

/** The words of a label in lines that fit. */
const wrapped = (label: string): readonly string[] =>
  label.split(' ').reduce<string[]>((lines, word) => {
    const longer = [...lines.slice(-1), word].join(' ')
    return longer.length <= LETTERS ? [...lines.slice(0, -1), longer] : [...lines, word]
  }, [])

/**
 * A figure of the stored errors on a logarithmic axis.
 *
 * @returns SVG; undefined without stored runs
 */
export function figureOf(problem: string, results: readonly Result[]): string | undefined {
  const own = results.filter((r) => r.problem === problem).slice(0, 8)
  if (own.length === 0) return undefined
  const all = own.flatMap((r) => [r.mean.mean - r.mean.spread, r.mean.mean + r.mean.spread, r.baseline ?? r.mean.mean])
  const low = Math.floor(Math.log10(Math.max(1e-6, Math.min(...all))) * 2) / 2
  const high = Math.ceil(Math.log10(Math.max(...all)) * 2) / 2
  const at = (error: number): string =>
    (300 + (400 * (Math.log10(Math.max(error, 10 ** low)) - low)) / (high - low)).toFixed(1)
  // A wide axis has room for powers of ten alone.
  const digits = high - low > 2.5 ? [1] : [1, 2, 5]
  const ticks = [-6, -5, -4, -3, -2, -1, 0]
    .flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)))
    .filter((t) => t >= 10 ** low && t <= 10 ** high)
  const labels = own.map((r) => wrapped(`${r.estimator} ${r.options.replaceAll('--', '')}`.trim()))
  /** The top of each row, and of what is below the last. */
  const tops = labels.reduce((all, { length }) => [...all, all.at(-1)! + 14 + 14 * length], [26])
  const bottom = tops.at(-1)! + 14
  const lines = own.map((r, i) => {
    const y = (tops[i]! + tops[i + 1]!) / 2
    const first = y + 11 - 7 * labels[i]!.length
    const label = labels[i]!.map((text, l) => `<tspan x="290" y="${first + 14 * l}">${text}</tspan>`).join('')
    const colour = r.estimator === 'bp' ? '#8b8f98' : '#c2561a'
    return `<text text-anchor="end">${label}</text>
${r.baseline === null ? '' : `<path d="M${at(r.baseline)} ${y - 8}v16" stroke="#3b82c4" stroke-width="2"/>`}
<path d="M${at(r.mean.mean - r.mean.spread)} ${y}H${at(r.mean.mean + r.mean.spread)}" stroke="${colour}" stroke-width="2"/>
<circle cx="${at(r.mean.mean)}" cy="${y}" r="5" fill="${isSpiking(r) ? colour : 'none'}" stroke="${colour}" stroke-width="2"/>`
  })
  const axis = ticks.map(
    (t) =>
      `<path d="M${at(t)} 24V${bottom - 14}" stroke="#8b8f98" stroke-opacity=".35"/><text x="${at(t)}" y="${bottom + 4}" text-anchor="middle">${t < 1e-3 ? t.toExponential(0) : t}</text>`,
  )
  const untrained = own.some((r) => r.baseline !== null)
    ? ' Blue line: the same network with random hidden layers.'
    : ''
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 ${bottom + 44}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="#5f5b54">
<title>${problem}: relative L2 errors of the stored runs</title>
<style>@media (prefers-color-scheme: dark) { text { fill: #a9a69f } }</style>
${[...axis, ...lines].join('\n')}
<text x="500" y="${bottom + 22}" text-anchor="middle">relative L2 error, mean per function</text>
<text x="8" y="${bottom + 38}">Filled: spiking. Open: dense. Grey: back-propagation.${untrained}</text>
</svg>
`
}
