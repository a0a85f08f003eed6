import { entryOf } from '../protocol.js'
import type { Catalogue, Offered } from '../protocol.js'
import type { OptionTexts } from './settings.js'

/** The name on the command line: the alias if there is one. */
export const shortName = (list: readonly Offered[], name: string): string => entryOf(list, name)?.aliases[0] ?? name

/** `rfg`, or `"rfg(directions=8)"` in quotes for the shell. */
export function expression(name: string, options: OptionTexts): string {
  const given = Object.entries(options).map(([option, text]) => `${option}=${text}`)
  return given.length === 0 ? name : `"${name}(${given.join(',')})"`
}

/** A call of a factory, and its imports besides the factory. */
export type Call = { readonly text: string; readonly imports: readonly string[] }

/** `[a, b]`, or `a:b` as on the command line, as a list of literals. */

const listLiteral = (text: string): string => {
  const items = text.replace(/^\[|\]$/g, '').split(/[,:]/)
  return `[${items.flatMap((i) => (i.trim() === '' ? [] : [literal(i.trim())])).join(', ')}]`
}

const literal = (text: string): string =>
  text === 'none' ? 'null' : /^(true|false)$/.test(text) || Number.isFinite(Number(text)) ? text : `'${text}'`

/** Whether a text is several numbers, such as `0.003:0.01`. */
const isNumbers = (text: string): boolean =>
  text.includes(':') && text.split(':').every((part) => part !== '' && Number.isFinite(Number(part)))

/** `rfg({ directions: 8, distribution: sphere })`: texts become literals, or imports if they name a declared export. */
export function call({ exportName, options: described }: Offered, options: OptionTexts, catalogue: Catalogue): Call {
  const imports: string[] = []
  const given = Object.entries(options).map(([name, text]) => {
    const option = described.find((o) => o.name === name)
    const declared = option?.kind === 'distribution' ? entryOf(catalogue.distributions, text) : undefined
    if (declared !== undefined) imports.push(declared.exportName)
    const value =
      declared?.exportName ?? (option?.type === 'list' || isNumbers(text) ? listLiteral(text) : literal(text))
    return `${name}: ${value}`
  })
  return { text: given.length === 0 ? `${exportName}()` : `${exportName}({ ${given.join(', ')} })`, imports }
}

/** The entry of a name. Unknown names are left unchanged. */
export const entryFor = (list: readonly Offered[], name: string): Offered =>
  entryOf(list, name) ?? ({ exportName: name, options: [] as readonly Offered['options'][number][] } as Offered)
