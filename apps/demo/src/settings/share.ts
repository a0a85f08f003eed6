import { kebabCase } from '@spikeward/core'
import type { Catalogue, Progress, Resolved } from '../protocol.js'
import { OWN, ownInputs, ownSamples } from './own.js'
import { runOf } from './runOf.js'
import type { Contender, Settings } from './settings.js'
import { tunedFor } from './tuned.js'

/**
 * Own points as a file, and the options of the command that reads it: as on the page, all are to learn from and to
 * measure at.
 */
function ownFile(settings: Settings): { readonly before: string; readonly data: string } {
  const inputs = ownInputs(settings) === 1 ? ['x'] : ['x1', 'x2']
  const rows = [[...inputs, 'y'], ...ownSamples(settings)].map((row) => row.join(','))
  return {
    before: `printf '%s\\n' ${rows.join(' ')} > points.csv\n`,
    data: `--data points.csv --inputs ${inputs.join(':')} --outputs y --split 0,0`,
  }
}

/** A name with options, in quotes for the shell. */
const quoted = (text: string): string => (text.includes('(') ? `"${text}"` : text)

/** The same run as a command of the CLI. */
export function toCommand(settings: Settings, contender: Contender, catalogue: Catalogue): string {
  const { problem, options } = runOf(settings, contender, catalogue)
  const own = settings.problem === OWN ? ownFile(settings) : { before: '', data: quoted(problem) }
  const tuned = tunedFor(settings.problem, catalogue.tuned, settings.network)
  // First spikes are of neurons of their own, without time steps.
  const spikesOnce = tuned?.networks[tuned.network]?.options?.['code'] === 'firstSpike'
  const flags = Object.entries(options)
    .filter(([name]) => !spikesOnce || !['time', 'neuron', 'surrogate'].includes(name))
    .map(([name, value]) => `--${kebabCase(name)} ${quoted(String(value))}`)
  return `${own.before}npm run -s spikeward -- train ${own.data} ${flags.join(' ')}`
}

/** A value as code: `'rfg'`, `0.01`, `[50, 50]`. */
const code = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : Array.isArray(value) ? `[${value.map(code).join(', ')}]` : String(value)

/** Own points as arrays: all to learn from and to measure at. */
function ownArrays(settings: Settings): readonly (readonly [string, string])[] {
  const [inputs, samples] = [ownInputs(settings), ownSamples(settings)]
  const [x, y] = [samples.map((sample) => sample.slice(0, inputs)), samples.map((sample) => sample[inputs])]
  return [['data', `{ inputs: ${code(x)}, outputs: ${code(y)}, split: { validation: 0, test: 0 } }`]]
}

/** The same run as a program. It has no types, so that Node runs it as it is. */
export function toProgram(settings: Settings, contender: Contender, catalogue: Catalogue): string {
  const { problem, options } = runOf(settings, contender, catalogue)
  const entries = [
    ...(settings.problem === OWN ? ownArrays(settings) : [['problem', code(problem)] as const]),
    ...Object.entries(options).map(([name, value]) => [name, code(value)] as const),
  ]
  return `// Save it as run.mjs in a project with the package spikeward: see "Start in Node" in the documentation.
// Then: node run.mjs
import { train } from 'spikeward'

for await (const event of train.steps({
${entries.map(([name, value]) => `  ${name}: ${value},`).join('\n')}
})) {
  if (event.type === 'metrics') console.log(event.step, event.loss)
  if (event.type === 'trained') console.log('relative L2 error', event.run.relativeL2)
}
`
}

/** Results of a run so far. */
export type Outcome = {
  readonly latest: readonly (Progress | null)[]
  readonly losses: readonly (readonly number[])[]
  readonly resolved: Resolved | null
}

/**
 * The run as JSON: its settings, those of an equation or an operator without a control, and the progress of each
 * contender.
 */
export function toJson(settings: Settings, { latest, losses, resolved }: Outcome, link: string): string {
  const { contenders, ...shared } = settings
  const results = contenders.map((contender, i) => {
    const { step = 0, error = null, seconds = 0, forwardEquivalents = 0 } = latest[i] ?? {}
    return { ...contender, step, relativeL2: error, seconds, forwardEquivalents, firstLosses: losses[i] ?? [] }
  })
  const configs = resolved === null ? {} : { configs: resolved }
  return `${JSON.stringify({ format: 'spikeward-demo', version: 3, link, settings: shared, contenders: results, ...configs }, null, 2)}\n`
}
