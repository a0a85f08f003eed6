/** Flags of a command from declarations: their help, their checks, their defaults and the type of their values. */
import { type Command, InvalidArgumentError, Option as Flag } from 'commander'
import { type Option, decodeOption } from '@spikeward/core'
import type { Metavar } from '@spikeward/experiment'
import { dashed, usageError } from '@spikeward/experiment/names'

/** Reads the text of a flag by the declaration of its option. */
export const flagReader =
  (of: string, name: string, option: Option) =>
  (text: string): unknown => {
    try {
      return decodeOption(of, name, option, text)
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
    }
  }

const metavars: Readonly<Partial<Record<Option['type']['name'], string>>> = { integer: '<n>', number: '<x>' }

/** The mark of a required flag at the end of its help. */
export const REQUIRED = '; required'

const defaultText = ({ computed, presence }: Option): string =>
  presence === 'required' ? REQUIRED : computed === null ? '' : `; default: ${computed}`

/**
 * The flags of a setting that is true or false: two if its default is computed, else the one that changes it. The help
 * of a setting that is true by default follows the word "no".
 */
function addSwitch(command: Command, name: string, option: Option): void {
  const flag = dashed(name)
  if (option.default === true) command.option(`--no-${flag}`, `no ${option.help}; default: off`)
  else if (option.default === false) command.option(`--${flag}`, option.help, false)
  else command.option(`--${flag}`, `${option.help}${defaultText(option)}`).option(`--no-${flag}`, `turn --${flag} off`)
}

function addValue(command: Command, name: string, option: Option & Metavar): void {
  const metavar = option.metavar ?? metavars[option.type.name] ?? '<name>'
  const flag = new Flag(`--${dashed(name)} ${metavar.replace('...', '')}`, `${option.help}${defaultText(option)}`)
  if (option.presence === 'value') flag.default(option.default)
  const { items } = option.type
  if (metavar.includes('...') && items !== undefined) {
    const read = flagReader(command.name(), name, { ...option, type: items })
    flag.argParser((text, before: readonly unknown[]) => [...before, read(text)])
  } else flag.argParser(flagReader(command.name(), name, option))
  command.addOption(flag)
}

/**
 * Refuses a command line without its required flags. Commander would do so before it names an unknown flag, which is
 * often the required one under another name, or a missing argument.
 */
function requireFlags(command: Command, options: Readonly<Record<string, Option>>): void {
  const required = Object.keys(options).filter((name) => options[name]?.presence === 'required')
  if (required.length === 0) return
  command.hook('preAction', (called) => {
    const absent = required.filter((name) => called.getOptionValue(name) === undefined)
    if (absent.length === 0) return
    const flags = called.options.filter((flag) => absent.includes(flag.attributeName()))
    const descriptions = flags.map((flag) => `${flag.flags} (${flag.description.replace(REQUIRED, '')})`)
    throw usageError('CLI_USAGE', `${called.name()} needs ${descriptions.join(' and ')}`)
  })
}

/**
 * Adds a flag for each declared option to a command.
 *
 * @example
 * addFlags(command, { keys: integer({ min: 1, max: 1000, default: 3, help: 'runs per estimator' }) }) // --keys <n>
 */
export function addFlags(command: Command, options: Readonly<Record<string, Option & Metavar>>): Command {
  for (const [name, option] of Object.entries(options)) {
    if (option.type.name === 'flag') addSwitch(command, name, option)
    else addValue(command, name, option)
  }
  requireFlags(command, options)
  return command
}
