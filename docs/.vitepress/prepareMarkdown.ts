import type { MarkdownRenderer } from 'vitepress'
import { linkApi } from './apiLinks.js'

/** Matches figures: digits, signs and powers of ten, without words. */
const figure = /^[\d\s.,:/±×·%<>≤≥−–-]*\d(e[-−]?\d+)?[\d\s.,:/±×·%e−–-]*$/

/** The invisible parts of a cell: tags, addresses of links, stars. */
const unseen = /<[^>]*>|(?<=\])\([^)]*\)|\*/g

/** Returns the class of a cell by its text: a figure keeps its line, and a long text gets room. */
export function classOfCell(text: string): 'figure' | 'long' | null {
  const plain = text.replaceAll(unseen, '').trim()
  if (figure.test(plain)) return 'figure'
  return plain.length > 40 ? 'long' : null
}

/**
 * Extends the Markdown of VitePress: indented blocks look like fenced ones, cells have classes, empty corners are no
 * headers, and entries of packages lead to the pages of the API.
 */
export function prepareMarkdown(markdown: MarkdownRenderer): void {
  linkApi(markdown)
  const { rules } = markdown.renderer
  // An indented block, as docstrings have for equations, looks like a fenced one: it has no style of its own.
  rules['code_block'] = (...given) => rules.fence?.(...given) ?? ''
  markdown.core.ruler.push('cells', ({ tokens }) => {
    for (const [i, token] of tokens.entries()) {
      const text = tokens[i + 1]?.content ?? ''
      if (token.type === 'td_open') {
        const kind = classOfCell(text)
        if (kind !== null) token.attrJoin('class', kind)
      }
      // The corner above row titles heads nothing: a screen reader would announce a header without a name.
      if (token.type === 'th_open' && text === '') for (const part of [token, tokens[i + 2]]) if (part) part.tag = 'td'
    }
  })
}
