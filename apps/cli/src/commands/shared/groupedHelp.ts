/** Help of commands with many options: one line per option by default, the full text by topic. */
import { CommanderError, Option } from 'commander'
import type { Command } from 'commander'
import { kebabCase } from '@spikeward/core'
import type { Io } from '../../io/io.js'
import { pick } from '../../usage/pick.js'
import { defaultsHelp } from './defaultsHelp.js'
import { WIDTH, detail, thingsNamed, wrapped } from './detail.js'

/** Groups of flags that factories declare: their short help lists names only. */
const DECLARED = /^Options of the /

/** The widest flag that has its text on the same line. */
const WIDEST = 26

type Groups = ReadonlyMap<string, readonly Option[]>

/** The options of a command by heading, in the order of the help. */
function groupsOf(command: Command): Groups {
  const found = new Map<string, Option[]>()
  for (const option of command.options) {
    if (option.hidden) continue
    const heading = option.helpGroupHeading ?? 'Options:'
    found.set(heading, [...(found.get(heading) ?? []), option])
  }
  return found
}

/** Text of at most `most` characters, cut between two words. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const head = text.slice(0, most - 1)
  return `${head.slice(0, Math.max(head.lastIndexOf(' '), head.length - 12)).replace(/[\s,:;(]+$/, '')} …`
}

/** The default that the text of an option states, or its own. */
function defaultOf({ description, defaultValue }: Option): string | null {
  const stated = /(?:^|[;,(] ?)(?:the )?default:? ([^;)]+)/.exec(description)?.[1]?.trim()
  // The whole help lists the tuned values below.
  if (stated !== undefined) return stated.replace(/, below$/, '')
  const isShown = ['string', 'number'].includes(typeof defaultValue)
  return isShown ? String(defaultValue) : null
}

/** An option in one line: what it is, and its default. */
function lineOf(option: Option): string {
  const what = option.description.split(/;|\(default|, default /)[0]!.trim()
  const usual = defaultOf(option)
  const room = WIDTH - WIDEST - 4
  const end = usual === null || /\(the default/.test(what) ? '' : ` [${cut(usual, 36)}]`
  return `  ${option.flags.padEnd(WIDEST)}  ${cut(what, room - end.length)}${end}\n`
}

const isNegation = ({ long }: Option, all: readonly Option[]): boolean =>
  long?.startsWith('--no-') === true && all.some((o) => o.long === long.replace('--no-', '--'))

/** The topics under which the groups of a command are found: the last words of their headings. */
const topicOf = (heading: string): string => heading.replace(DECLARED, '').replace(':', '').split(' ')[0]!.toLowerCase()

function shortHelp(command: Command, groups: Groups, name: string): string {
  const parts = [...groups].map(([heading, options]) => {
    const shown = options.filter((o) => !isNegation(o, options))
    if (!DECLARED.test(heading)) return `${heading}\n${shown.map(lineOf).join('')}\n`
    // The text of declared options is shown by topic.
    const [first = '', ...others] = shown.map((o) => o.long ?? o.flags)
    return wrapped([`${heading} ${first}`, ...others], '  ').trimStart()
  })
  const topics = [...new Set([...groups.keys()].map(topicOf))].filter((topic) => topic !== 'options')
  const about = cut(command.description(), 2 * WIDTH)
  const args = command.registeredArguments.map(
    (a) => `  ${a.name().padEnd(WIDEST)}  ${cut(a.description, WIDTH - WIDEST - 4)}\n`,
  )
  return (
    `Usage: spikeward ${name} ${command.usage()}\n\n${wrapped(about.split(' '), '', ' ')}\n${args.join('')}\n${parts.join('')}` +
    `Defaults are in brackets. More help:\n` +
    `  spikeward ${name} --help rfg       options of an estimator, a problem, a neuron, …\n` +
    `  spikeward ${name} --help network   a group in full:\n${wrapped(topics, '      ')}` +
    `  spikeward ${name} --help all       everything; defaults: the tuned settings of each problem\n`
  )
}

/** Groups in full. */
function wholeGroups(command: Command, groups: Groups, chosen: (heading: string) => boolean): string {
  const helper = command.createHelp()
  helper.prepareContext({ helpWidth: WIDTH })
  return [...groups]
    .filter(([heading]) => chosen(heading))
    .map(
      ([heading, options]) =>
        `${heading}\n${options.map((o) => `${helper.formatItem(helper.optionTerm(o), WIDEST, helper.optionDescription(o), helper)}\n`).join('')}`,
    )
    .join('\n')
}

/** The help of a command on a topic; true: in short. */
function helpOn(topic: string | true, command: Command): string {
  const groups = groupsOf(command)
  const name = command.name()
  if (topic === true) return shortHelp(command, groups, name)
  if (topic === 'all')
    return `${shortHelp(command, new Map(), name)}\n${wholeGroups(command, groups, () => true)}${defaultsHelp()}`
  if (topic === 'defaults') return defaultsHelp()
  const things = [...new Set([topic, kebabCase(topic)])].flatMap((one) => thingsNamed(one))
  if (things.length > 0) return things.map((t) => detail(t.kind, t.entry)).join('\n')
  const topics = [...groups.keys()].map(topicOf)
  pick('topic', topic, Object.fromEntries(['all', 'defaults', ...topics].map((one) => [one, one])))
  return wholeGroups(command, groups, (heading) => topicOf(heading) === topic)
}

/**
 * Gives a command `--help` with one line per option, and `--help <topic>`: a group of options, a declared thing such as `rfg`, `defaults`
 * or `all`. Add it after all options.
 */
export function addGroupedHelp(command: Command, io: Io): void {
  command
    .helpOption(false)
    .addOption(
      new Option(
        '-h, --help [topic]',
        'show this help; with a topic, all about a group of options or an estimator, or everything',
      ).helpGroup('Output:'),
    )
    .on('option:help', (topic: string | null) => {
      io.out(helpOn(topic ?? true, command))
      throw new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)')
    })
}
