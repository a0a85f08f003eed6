/** A part of a page in the search: its heading with those above it, and its text. */
export type SearchSection = { readonly anchor: string; readonly titles: string[]; readonly text: string }

const heading = /<h([1-3]) id="([^"]+)"[^>]*>(.*?)<a class="header-anchor"/gs

/**
 * A word as the search keeps it: in small letters; none for a number, which tables are full of, and for a word that stands in each
 * section. VitePress sends the text of this function to the page, so it uses nothing from outside.
 */
export const searchTerm = (word: string): string | null =>
  /^\P{L}*$/u.test(word) ||
  /^(the|an?|of|and|is|are|in|to|its?|for|by|with|that|as|on|or|at|from|which|this|be|has)$/i.test(word)
    ? null
    : word.toLowerCase()

const plainText = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim()

/**
 * The sections of a page of the API, of measurements, of decisions or of the gallery: its name and its headings, without their text, which holds mostly the words of
 * every other page, or numbers: with it, the index has six times the size. Of the API the headings are the exported names. Other
 * pages are cut by VitePress.
 *
 * @param file the page's path
 * @param html the rendered page
 */
export function searchSections(file: string, html: string): SearchSection[] | undefined {
  const [, folder] = /\/docs\/(api|benchmarks|decisions|reliability|gallery)\//.exec(file.replaceAll('\\', '/')) ?? []
  if (folder === undefined) return undefined
  let page = ''
  return [...html.matchAll(heading)].flatMap(([, level, anchor = '', title = '']) => {
    if (level === '1') page = plainText(title)
    return level === '2' && folder === 'api'
      ? []
      : [{ anchor, titles: level === '1' ? [page] : [page, plainText(title)], text: '' }]
  })
}
