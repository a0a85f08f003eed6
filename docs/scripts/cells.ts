import type { FactoryDescription } from '@spikeward/core'

/** A cell of a table: one line, without what Markdown or Vue would read as a mark. */
export const cell = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('{', '&#123;').replaceAll('*', '\\*')

/** A fact in words. */
export const shown = (fact: string | number | boolean): string =>
  typeof fact === 'boolean' ? (fact ? 'yes' : 'no') : String(fact)

/** `reverseOverTime` as `reverse over time`. */
export const spaced = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

/** The names under which a factory is known, as code. */
export const nameOf = ({ name, aliases }: FactoryDescription): string =>
  [name, ...aliases].map((one) => `\`${one}\``).join(', ')
