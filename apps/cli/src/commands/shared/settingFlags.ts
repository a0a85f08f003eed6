/** Flags of the settings of a run, from their declarations. */
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { decodeOption } from '@spikeward/core'
import type { Option, Options } from '@spikeward/core'
import { dashed } from '../../usage/dashed.js'

/**
 * Reads the text of a flag by the declaration of its option.
 *
 * @param of what the option belongs to, for messages
 */
export const flagReader =
  (of: string, name: string, option: Option) =>
  (text: string): unknown => {
    try {
      return decodeOption(of, name, option, text)
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
    }
  }

const placeholders: Readonly<Partial<Record<Option['type']['name'], string>>> = { integer: 'n', number: 'x' }

/** Adds a flag for each setting; a setting that is true or false gets two. */
export function addSettingFlags(command: Command, settings: Options): Command {
  for (const [name, option] of Object.entries(settings)) {
    const { type, help, computed } = option
    const about = `${help}; default: ${computed ?? ''}`
    if (type.name === 'flag')
      command.option(`--${dashed(name)}`, about).option(`--no-${dashed(name)}`, `not --${dashed(name)}`)
    else
      command.option(
        `--${dashed(name)} <${placeholders[type.name] ?? 'name'}>`,
        about,
        flagReader('the run', name, option),
      )
  }
  return command
}
