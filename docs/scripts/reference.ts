/** The reference pages: what every declared factory is, and its options, as the declarations state them. */
import { type FactoryDescription, type Kind, type OptionDescription, describeFactory } from '@spikeward/core'
import { allDeclared } from './allDeclared.js'
import { tableOf } from '../../scripts/lib/tableOf.mjs'
import { cell, nameOf, shown, spaced } from './cells.js'

type Section = {
  readonly title: string
  readonly kind: Kind
  readonly text: string
}

/** A page of the reference. */
type Outline = { readonly file: string; readonly title: string; readonly sections: readonly Section[] }

const of = (title: string, kind: Kind, text: string): Section => ({ title, kind, text })

const outlines: readonly Outline[] = [
  {
    file: 'estimators.md',
    title: 'Estimators',
    sections: [
      of('Estimators', 'estimator', 'Each makes a gradient estimate from the loss.'),
      of('Combinators', 'combinator', 'Each wraps other estimators.'),
      of(
        'Estimators on a chip',
        'deviceEstimator',
        'Each estimates a gradient in integers; `chip train` and `deviceStep` use them.',
      ),
      of('Distributions', 'distribution', 'Random directions are drawn from one of these.'),
    ],
  },
  {
    file: 'neurons.md',
    title: 'Neurons, surrogates and encoders',
    sections: [
      of(
        'Neuron models',
        'neuron',
        'The README of `neurons` explains the symbols of the equations. `export` writes a model as its NIR node; chips have the neurons of LIF and IF.',
      ),
      of('Reset rules', 'reset', 'The option `reset` takes one of them, or its short name.'),
      of('Conventions of other libraries', 'convention', 'Each gives a model and the options of its spike.'),
      of('Surrogates', 'surrogate', 'The slope that derivatives take through a spike.'),
      of('Encoders', 'encoder', 'Each turns values into a current over time.'),
      of('Readouts', 'readout', 'Each reads values from outputs over time.'),
    ],
  },
  {
    file: 'operators.md',
    title: 'Networks and derivatives',
    sections: [
      of('Networks', 'network', 'The command line makes them of a problem, its data and the settings of a run.'),
      of('Derivatives', 'derivative', 'Each differentiates a field in its coordinates.'),
      of('Refinements', 'refinement', 'Each adapts points or weights of a residual while a run proceeds.'),
      of('Tasks', 'task', 'What `--task` learns of a problem with trajectories, in the place of a map.'),
      of('Readout solvers', 'solver', 'Each finds a readout in closed form.'),
      of('Wrappers', 'wrapper', 'Each changes the output of a network.'),
    ],
  },
  {
    file: 'optim.md',
    title: 'Optimisers and schedules',
    sections: [
      of('Optimisers', 'optimizer', 'Each is a chain of transforms.'),
      of('Transforms', 'transform', 'Links of a chain: each gives an update for a gradient.'),
      of('Schedules', 'schedule', 'Each gives the learning rate at a step.'),
    ],
  },
  {
    file: 'problems.md',
    title: 'Problems',
    sections: [of('Problems', 'problem', 'The command line knows each by its name in kebab case.')],
  },
  {
    file: 'backends.md',
    title: 'Backends',
    sections: [of('Backends', 'backend', 'Each runs the same Programs.')],
  },
]

/** A fact with a longer value gets a line of its own below the overview. */
const SHORT = 24

type Fact = string | number | boolean

const isShort = (fact: Fact | undefined): boolean => fact === undefined || shown(fact).length <= SHORT

/** Every factory of a kind in a line, with the facts that are short for all of them. */
function overview(all: readonly FactoryDescription[], facts: readonly string[]): string {
  const head = ['name', 'description', ...facts.map(spaced)]
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

function detailOf(one: FactoryDescription, inOverview: readonly string[]): string {
  const facts = Object.entries(one.facts).filter(([name]) => !inOverview.includes(name))
  const lines = facts.map(([name, fact]) => `- ${spaced(name)}: ${cell(shown(fact))}\n`)
  const rows = [...one.arguments.map((o) => optionRow(true, o)), ...one.options.map((o) => optionRow(false, o))]
  if (rows.length === 0 && lines.length === 0) return ''
  const table = rows.length === 0 ? '' : `\n${tableOf([['option', 'meaning', 'values', 'default'], ...rows])}\n`
  return `### ${one.name}\n${lines.length === 0 ? '' : '\n'}${lines.join('')}${table}\n`
}

function sectionOf({ title, kind, text }: Section): string {
  const all = allDeclared(kind).map(({ declaration }) => describeFactory(declaration))
  const facts = [...new Set(all.flatMap((one) => Object.keys(one.facts)))]
  const short = facts.filter((fact) => all.every((one) => isShort(one.facts[fact])))
  return `## ${title}\n\n${text}\n\n${overview(all, short)}\n\n${all.map((one) => detailOf(one, short)).join('')}`
}

/** The pages by file name. */
export const referencePages = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    outlines.map(({ file, title, sections }) => [
      file,
      `<!-- Written by \`npm run docs:reference\` from the declarations. -->\n\n# ${title}\n\n${sections.map(sectionOf).join('').trimEnd()}\n`,
    ]),
  )

export { hasDeclaredTable, withDeclaredTables } from './declaredTables.js'
