import type { MarkdownEnv } from 'vitepress'

const heading = /<h([1-3]) id=.*?<\/h\1>/gs

/**
 * A word as the search keeps it: in small letters; none for a number, which tables are full of, for a letter alone and
 * for a word that stands in each section. VitePress sends the text of this function to the page, so it uses nothing
 * from outside.
 */
export const searchTerm = (word: string): string | null =>
  /^\P{L}*$/u.test(word) ||
  /^(the|an?|of|and|is|are|in|to|its?|for|by|with|that|as|on|or|at|from|which|this|be|has)$/i.test(word) ||
  /^(not|no|if|than|then|so|but|was|were|will|can|each|when|where|also|only|they|them|\p{L})$/iu.test(word)
    ? null
    : word.toLowerCase()

/**
 * Returns the part of a page that the search reads: all of a guide, and the headings of a page of the API, of
 * measurements, of decisions or of the gallery. Their text holds mostly numbers, or the words of every other page: with
 * it, the index has six times the size. Of the API the headings are those of the exported names.
 */
export function searchedHtml(html: string, env: MarkdownEnv): string {
  if (env.frontmatter?.['search'] === false) return ''
  const [folder] = /^(api|benchmarks|decisions|reliability|gallery)\//.exec(env.relativePath) ?? []
  if (folder === undefined) return html
  const headings = [...html.matchAll(heading)].filter(([, level]) => folder !== 'api/' || level !== '2')
  return headings.map(([text]) => text).join('\n')
}
