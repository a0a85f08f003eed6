/** How flags show the settings that they set, and the types of their values. */
import type { Option, Options, ValueOf } from '@spikeward/core'

/** An option that declares how help writes the value of its flag. */
export type Placed = { readonly placeholder?: string }

/**
 * An option with the text that help writes for the value of its flag.
 *
 * @param placeholder `<file>`; in brackets, `[port]`, if the value may be left out, which is then true; with dots, `<setting...>`,
 *   if the flag may be repeated: its value is the list of all texts
 */
export const placed = <O extends Option>(placeholder: string, option: O): O & Placed => ({ ...option, placeholder })

type HasValue = { readonly presence: 'value' | 'required' }

/** The values of flags: those that are required or have a default are always there. */
export type FlagsOf<O extends Options> = {
  readonly [K in keyof O as O[K] extends HasValue ? K : never]: ValueOf<O[K]>
} & {
  readonly [K in keyof O as O[K] extends HasValue ? never : K]?: ValueOf<O[K]>
}
