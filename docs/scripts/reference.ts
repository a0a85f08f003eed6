/** The reference pages: what every declared factory is, and its options, as the declarations state them. */
import * as cpu from '@spikeward/backend-cpu'
import * as native from '@spikeward/backend-native'
import * as webgpu from '@spikeward/backend-webgpu'
import { declaredIn, describeFactory, referenceBackend } from '@spikeward/core'
import type { FactoryDescription, Kind, OptionDescription } from '@spikeward/core'
import * as estimators from '@spikeward/estimators'
import * as neurons from '@spikeward/neurons'
import * as operators from '@spikeward/operators'
import * as optim from '@spikeward/optim'
import * as problems from '@spikeward/problems'
import { markdownTable } from 'markdown-table'

type Section = {
  readonly title: string
  readonly kind: Kind
  readonly from: Readonly<Record<string, unknown>>
  readonly text: string
}

/** A page of the reference. */
type Outline = { readonly file: string; readonly title: string; readonly sections: readonly Section[] }

const of = (title: string, kind: Kind, from: Readonly<Record<string, unknown>>, text: string): Section => ({
  title,
  kind,
  from,
  text,
})

const outlines: readonly Outline[] = [
  {
    file: 'estimators.md',
    title: 'Estimators',
    sections: [
      of('Estimators', 'estimator', estimators, 'Each makes a gradient estimate from the loss.'),
      of('Combinators', 'combinator', estimators, 'Each wraps other estimators.'),
      of('Distributions', 'distribution', estimators, 'Random directions are drawn from one of these.'),
    ],
  },
  {
    file: 'neurons.md',
    title: 'Neurons, surrogates and encoders',
    sections: [
      of('Neuron models', 'neuron', neurons, 'The membrane equations are in the package page of `neurons`.'),
      of('Reset rules', 'reset', neurons, 'The option `reset` takes one of them, or its short name.'),
      of('Conventions of other libraries', 'convention', neurons, 'Each gives a model and the options of its spike.'),
      of('Surrogates', 'surrogate', neurons, 'The slope that derivatives take through a spike.'),
      of('Encoders', 'encoder', neurons, 'Each turns values into a current over time.'),
      of('Readouts', 'readout', neurons, 'Each reads values from outputs over time.'),
    ],
  },
  {
    file: 'operators.md',
    title: 'Networks and derivatives',
    sections: [
      of(
        'Networks',
        'network',
        operators,
        'The command line makes them of a problem, its data and the settings of a run.',
      ),
      of('Derivatives', 'derivative', operators, 'Each differentiates a field in its coordinates.'),
      of('Readout solvers', 'solver', operators, 'Each finds a readout in closed form.'),
      of('Wrappers', 'wrapper', operators, 'Each changes the output of a network.'),
    ],
  },
  {
    file: 'optim.md',
    title: 'Optimisers and schedules',
    sections: [
      of('Optimisers', 'optimizer', optim, 'Each is a chain of transforms.'),
      of('Transforms', 'transform', optim, 'Links of a chain: each gives an update for a gradient.'),
      of('Schedules', 'schedule', optim, 'Each gives the learning rate at a step.'),
    ],
  },
  {
    file: 'problems.md',
    title: 'Problems',
    sections: [of('Problems', 'problem', problems, 'The command line knows each by its name in kebab case.')],
  },
  {
    file: 'backends.md',
    title: 'Backends',
    sections: [
      of('Backends', 'backend', { ...cpu, ...native, ...webgpu, referenceBackend }, 'Each runs the same Programs.'),
    ],
  },
]

/** A cell of a table: one line, without what Markdown or Vue would read as a mark. */
const cell = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('{', '&#123;').replaceAll('*', '\\*')

const shown = (fact: string | number | boolean): string =>
  typeof fact === 'boolean' ? (fact ? 'yes' : 'no') : String(fact)

/** `reverseOverTime` as `reverse over time`. */
const words = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

const nameOf = ({ name, aliases }: FactoryDescription): string =>
  [name, ...aliases].map((one) => `\`${one}\``).join(', ')

const tableOf = (rows: string[][]): string => markdownTable(rows, { alignDelimiters: false })

/** Every thing of a kind in a line, with the facts that all of them state. */
function overview(all: readonly FactoryDescription[]): string {
  const facts = [...new Set(all.flatMap((one) => Object.keys(one.facts)))]
  const head = ['name', 'description', ...facts.map(words)]
  return tableOf([
    head,
    ...all.map((one) => [
      nameOf(one),
      cell(one.summary),
      ...facts.map((fact) => (fact in one.facts ? cell(shown(one.facts[fact]!)) : '')),
    ]),
  ])
}

const optionRow = (positional: boolean, o: OptionDescription): string[] => [
  positional ? `\`${o.name}\`, an argument` : `\`${o.name}\``,
  cell(o.help),
  cell(o.expects),
  o.default === null ? 'required' : cell(o.default),
]

function optionsOf(one: FactoryDescription): string {
  const rows = [...one.arguments.map((o) => optionRow(true, o)), ...one.options.map((o) => optionRow(false, o))]
  if (rows.length === 0) return ''
  return `### ${one.name}\n\n${tableOf([['option', 'meaning', 'values', 'default'], ...rows])}\n\n`
}

function sectionOf({ title, kind, from, text }: Section): string {
  // A namespace lists its exports in an order that depends on who bundled it.
  const all = Object.values(declaredIn({ ...from }, kind))
    .map(({ declaration }) => describeFactory(declaration))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return `## ${title}\n\n${text}\n\n${overview(all)}\n\n${all.map(optionsOf).join('')}`
}

/** The pages by file name. */
export const referencePages = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    outlines.map(({ file, title, sections }) => [
      file,
      `<!-- Written by \`npm run docs:reference\` from the declarations. -->\n\n# ${title}\n\n${sections.map(sectionOf).join('').trimEnd()}\n`,
    ]),
  )
