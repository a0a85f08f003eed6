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

/** The options of a call as code, and their imports: texts become literals, or imports if they name a declared export. */
export function given({ options: described }: Offered, options: OptionTexts, catalogue: Catalogue) {
  const imports: string[] = []
  const texts = Object.entries(options).map(([name, text]) => {
    const option = described.find((o) => o.name === name)
    const declared = option?.kind === 'distribution' ? entryOf(catalogue.distributions, text) : undefined
    if (declared !== undefined) imports.push(declared.exportName)
    const value =
      declared?.exportName ?? (option?.type === 'list' || isNumbers(text) ? listLiteral(text) : literal(text))
    return `${name}: ${value}`
  })
  return { texts, imports }
}

/**
 * `rfg({ directions: 8, distribution: sphere })`.
 *
 * @param more further options as code, such as `step: stencilWidth(problem.domain)` or `key`
 */
export function call(entry: Offered, options: OptionTexts, catalogue: Catalogue, more: readonly string[] = []): Call {
  const { texts, imports } = given(entry, options, catalogue)
  const all = [...texts, ...more]
  return { text: all.length === 0 ? `${entry.exportName}()` : `${entry.exportName}({ ${all.join(', ')} })`, imports }
}

/** The entry of a name. Unknown names are left unchanged. */
export const entryFor = (list: readonly Offered[], name: string): Offered =>
  entryOf(list, name) ?? ({ exportName: name, options: [] as readonly Offered['options'][number][] } as Offered)

/**
 * The options that the page has a control for: those that can be written as text, except required ones and the number of
 * outputs, which the problem decides.
 */
export const offeredOptions = ({ options }: Offered): Offered['options'] =>
  options.filter((o) => o.writable && o.presence !== 'required' && o.name !== 'outputs')
