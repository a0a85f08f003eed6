/** Help of commands with many options: one line per option by default, the full text by topic. */
import { type Command, Option } from 'commander'
import { kebabCase } from '@spikeward/core'
import { type ListingMatch, type Io, dashed, findListed, isExternal, pick } from '@spikeward/experiment'
import { REQUIRED } from '../../usage/addFlags.js'
import { headings } from './declaredFlags.js'
import { WIDTH, wrapped } from './columns.js'
import { defaultsHelp, detail } from './detail.js'
import type { ProblemValues } from './problemValues.js'
import { HelpRequest } from '../../usage/checkValues.js'

/** Groups of flags that factories declare: their short help lists names only. */
const DECLARED = /^Options of the /

/** The widest flag that has its text on the same line. */
const WIDEST = 24

type Groups = ReadonlyMap<string, readonly Option[]>

function groupsOf(command: Command): Groups {
  const groups = new Map<string, Option[]>()
  for (const option of command.options) {
    if (option.hidden) continue
    const heading = option.helpGroupHeading ?? 'Options:'
    groups.set(heading, [...(groups.get(heading) ?? []), option])
  }
  return groups
}

/** The default that the text of an option states, or its own, or that it is required. */
function defaultOf({ description, defaultValue }: Option): string | null {
  if (description.endsWith(REQUIRED)) return 'required'
  const stated = /(?:^|[;,(] ?)(?:the )?default:? ([^;)]+)/.exec(description)?.[1]?.trim()
  if (stated !== undefined) return stated
  if (defaultValue === false) return 'off'
  const isShown = ['string', 'number'].includes(typeof defaultValue)
  return isShown ? String(defaultValue) : null
}

/**
 * An option in one line: what it is, up to the first semicolon of its text, and its value for the named problem or its
 * default.
 */
function lineOf(option: Option, of: ProblemValues | null): string {
  const what = option.description.split(';')[0]!.trim()
  const shown = of?.values[option.attributeName()] ?? defaultOf(option)
  return `  ${option.flags.padEnd(WIDEST)}  ${what}${shown === null ? '' : ` [${shown}]`}\n`
}

const isNegation = ({ long }: Option, all: readonly Option[]): boolean =>
  long?.startsWith('--no-') === true && all.some((o) => o.long === long.replace('--no-', '--'))

/** The topics under which the groups of a command are found: the last words of their headings. */
const topicOf = (heading: string): string => heading.replace(DECLARED, '').replace(':', '').split(' ')[0]!.toLowerCase()

function shortHelp(command: Command, groups: Groups, name: string, of: ProblemValues | null): string {
  const flags = of?.flags ?? null
  /**
   * The declared options under a heading: of a named problem's run those that it accepts. Factories of two kinds may
   * declare one name.
   */
  const namedUnder = (heading: string): readonly Option[] => {
    if (flags === null) return groups.get(heading)!.filter((o, _, all) => !isNegation(o, all))
    return command.options.filter((o) => {
      const kinds = DECLARED.test(o.helpGroupHeading ?? '') ? (flags.get(o.attributeName()) ?? []) : []
      return kinds.some((kind) => headings[kind] === heading) && !isNegation(o, command.options)
    })
  }
  const parts = [...groups].map(([heading, options]) => {
    const shown = options.filter((o) => !isNegation(o, options))
    if (!DECLARED.test(heading)) return `${heading}\n${shown.map((o) => lineOf(o, of)).join('')}\n`
    // The text of declared options is shown by topic.
    const [first, ...others] = namedUnder(heading).map((o) => o.long ?? o.flags)
    if (first === undefined) return ''
    return wrapped([`${heading} ${first}`, ...others], '  ').trimStart()
  })
  const inParentheses = [...(flags ?? [])].map(([option, kinds]) =>
    kinds.length === 1
      ? ''
      : `--${dashed(option)} is an option of the ${kinds.join(' and of the ')}: write it in parentheses, as in name(${option}=value).\n`,
  )
  const args = command.registeredArguments.map((a) => `  ${a.name().padEnd(WIDEST)}  ${a.description}\n`)
  return (
    `Usage: spikeward ${name} ${command.usage()}\n\n${wrapped(command.description().split(' '), '', ' ')}${args.join('')}\n${parts.join('')}${inParentheses.join('')}` +
    `${of === null ? 'Defaults are in brackets.' : `The settings of ${of.problem} are in brackets;\n${of.origin}.`} More help:\n` +
    `  spikeward ${name} --help rfg       options of an estimator, a problem, a neuron or a surrogate\n` +
    `  spikeward ${name} --help network   a group in full; each heading above names one\n` +
    `  spikeward ${name} --help all       everything; defaults: the settings of each tuned problem\n`
  )
}

function wholeGroups(
  command: Command,
  groups: Groups,
  of: ProblemValues | null,
  chosen: (heading: string) => boolean,
): string {
  const helper = command.createHelp()
  helper.prepareContext({ helpWidth: WIDTH })
  const describe = (option: Option): string => {
    const value = of?.values[option.attributeName()]
    return `${helper.optionDescription(option)}${of === null || value === undefined || option.negate ? '' : `; for ${of.problem}: ${value}`}`
  }
  return [...groups]
    .filter(([heading]) => chosen(heading))
    .map(
      ([heading, options]) =>
        `${heading}\n${options.map((o) => `${helper.formatItem(helper.optionTerm(o), WIDEST, describe(o), helper)}\n`).join('')}`,
    )
    .join('\n')
}

/** The factories that a topic names; those of this command also by their name in camel case. */
async function factoriesOn(topic: string): Promise<readonly ListingMatch[]> {
  const names = isExternal(topic) ? [topic] : [...new Set([topic, kebabCase(topic)])]
  return (await Promise.all(names.map(findListed))).flat()
}

/** The help of a command on a topic; true: in short. */
async function helpOn(topic: string | true, command: Command, of: ProblemValues | null): Promise<string> {
  const groups = groupsOf(command)
  const name = command.name()
  if (topic === true) return shortHelp(command, groups, name, of)
  if (topic === 'all')
    return `${shortHelp(command, new Map(), name, of)}\n${wholeGroups(command, groups, of, () => true)}${defaultsHelp()}`
  if (topic === 'defaults') return defaultsHelp()
  const factories = await factoriesOn(topic)
  if (factories.length > 0) return factories.map(detail).join('\n')
  const topics = [...groups.keys()].map(topicOf)
  pick('topic', topic, Object.fromEntries(['all', 'defaults', ...topics].map((one) => [one, one])))
  return wholeGroups(command, groups, of, (heading) => topicOf(heading) === topic)
}

/**
 * Gives a command `--help` with one line per option, and `--help <topic>`: a group of options, a declared factory such
 * as `rfg`, `defaults` or `all`. Add it after all options.
 *
 * @param valuesFor the settings of the problem that the command line names, which the help then shows; absent: it shows
 *   defaults
 */
export function addGroupedHelp(
  command: Command,
  io: Io,
  valuesFor: (command: Command) => Promise<ProblemValues | null> = () => Promise.resolve(null),
): void {
  command
    .helpOption(false)
    .addOption(
      new Option(
        '-h, --help [topic]',
        'show this help; with a topic, all about a group of options or an estimator, or everything',
      ).helpGroup('Output:'),
    )
    .on('option:help', (topic: string | null) => {
      throw new HelpRequest(async () => io.out(await helpOn(topic ?? true, command, await valuesFor(command))))
    })
}
