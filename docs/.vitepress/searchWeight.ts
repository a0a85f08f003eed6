/**
 * The weight of a page in the search of the site: guides and references 1, decisions and pages on measurements less,
 * tables of stored runs and fragments of the API last. VitePress sends the text of this function to the page, so it
 * uses nothing from outside.
 *
 * @param path of a section, such as `/start/node.html#install`
 */
export function searchWeight(path: string): number {
  if (path.includes('/api/')) return 0.02
  if (path.includes('/benchmarks/')) return 0.03
  return /\/(architecture|benchmarks|comparisons|decisions|reliability|reproduce)\b/.test(path) ? 0.5 : 1
}
