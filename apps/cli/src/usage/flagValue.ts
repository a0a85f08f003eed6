import type { Command, Option } from 'commander'
import { nearest } from '@spikeward/experiment/names'

const truths: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

/** The flag that sets a setting to true or false; null if there is none, because the setting is so without the flag. */
function flagFor(flag: string, value: boolean, options: readonly Option[]): string | null {
  const [on, off] = [flag.replace('--no-', '--'), flag.replace(/^--(no-)?/, '--no-')]
  const wanted = value === (flag === on) ? on : off
  return options.some(({ long }) => long === wanted) ? wanted : null
}

/**
 * For a command line that gives `true` or `false` to a flag, which takes no value, a line that says how to write the
 * flag. Empty for other command lines.
 */
export function flagValueAdvice({ options }: Command, args: readonly string[]): string {
  // `--flag=false` and `--flag false` are the same mistake.
  const words = args.flatMap((arg, at) => [
    { flag: arg, value: args[at + 1] ?? '', text: `${arg} ${args[at + 1]}` },
    asPair(arg),
  ])
  for (const { flag, value, text } of words) {
    const option = options.find(({ long }) => long === flag)
    const truth = truths.get(value)
    if (option === undefined || truth === undefined || option.required || option.optional) continue
    const instead = flagFor(flag, truth, options)
    return `${flag} takes no value: ${instead === null ? 'leave it out' : `write ${instead} in place of ${text}`}\n`
  }
  return ''
}

/**
 * For a message about an unknown flag or command, a line that names the command that has such a flag, or the flag or
 * command that is probably meant. Empty for other messages.
 */
export function meantAdvice({ options, commands }: Command, message: string, all: readonly Command[]): string {
  const [, kind, name = ''] = /unknown (option|command) '(?:--)?([^'=]+)/.exec(message) ?? []
  const has = (command: Command): boolean => command.options.some(({ long }) => long === `--${name}`)
  const owners = kind === 'option' ? all.filter(has).map((command) => command.name()) : []
  if (owners.length > 0) return `(--${name} is an option of ${owners.join(', ')})\n`
  const known = kind === 'option' ? options.flatMap(({ long }) => long?.slice(2) ?? []) : commands.map((c) => c.name())
  const meant = kind === undefined ? null : nearest(name, known)
  return meant === null ? '' : `(Did you mean ${kind === 'option' ? '--' : ''}${meant}?)\n`
}

function asPair(text: string): { readonly flag: string; readonly value: string; readonly text: string } {
  const [flag = '', value = ''] = text.split('=', 2)
  return { flag, value, text }
}
