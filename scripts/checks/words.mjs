/**
 * Fails if an identifier or a sentence uses a retired word (words.json, with the word to use instead). An identifier is
 * split into its words, so `maxBands` counts as `band`; a phrase may continue on the next line. The forms are sentence
 * patterns, matched line by line and with case.
 *
 * `npm run check:words` prints the counts of each folder, and with `--list` every place.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** @typedef {{ readonly instead: string, readonly in?: readonly string[] }} Advice */
/**
 * @type
 * {{ readonly words: readonly ({ word: string } & Advice)[], readonly phrases: readonly ({ phrase: string } & Advice)[], readonly forms: readonly ({ form: string } & Advice)[] }}
 */
const { words, phrases, forms } = JSON.parse(readFileSync(new URL('words.json', import.meta.url), 'utf8'))

/** @param {string} start of a path; a star stands for one folder */
const startOf = (start) => new RegExp(`^${start.replaceAll('*', '[^/]+')}`)

/** Records keep the words of their time, and so does the list itself. */
const exempt =
  /^(docs\/(api|decisions)\/|\.changeset\/|scripts\/(checks\/words|test\/checks)|.*CHANGELOG|.*\/(fixtures|golden)\/)/
const read = /\.(ts|mjs|svelte|cpp|hpp|cc|h|inl|py|md|css|html)$/

/** @type {Map<string, Map<string, number>>} */
const counts = new Map()
let total = 0
for (const file of listFiles()) {
  for (const { line, found, instead } of findIn(file, readFileSync(file, 'utf8'))) {
    if (process.argv.includes('--list')) console.log(`${file}:${line}: ${found}: ${instead}`)
    const folder = /^(packages|apps|examples)\/[^/]+/.exec(file)?.[0] ?? file.split('/')[0] ?? ''
    const of = counts.get(folder) ?? new Map()
    counts.set(folder, of.set(found, (of.get(found) ?? 0) + 1))
    total++
  }
}
for (const [folder, of] of counts) {
  const told = [...of].sort((a, b) => b[1] - a[1]).map(([word, count]) => `${word} ${count}`)
  console.log(`${folder}: ${told.join(', ')}`)
}
console.log(`${total} retired words`)
if (total > 0) process.exit(1)

/** @returns {string[]} tracked files, and untracked ones that are not ignored */
function listFiles() {
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  return [...new Set(stdout.split('\n'))].filter((file) => read.test(file) && !exempt.test(file) && existsSync(file))
}

/**
 * @param {string} file
 * @param {string} text
 * @returns {{ line: number, found: string, instead: string }[]}
 */
function findIn(file, text) {
  /** @param {Advice} advice */
  const holds = (advice) => advice.in === undefined || advice.in.some((start) => startOf(start).test(file))
  const lineOf = (/** @type {number} */ at) => text.slice(0, at).split('\n').length
  /** @type {Map<string, { word: string } & Advice>} */
  const wanted = new Map()
  for (const advice of words.filter(holds)) wanted.set(advice.word, advice).set(`${advice.word}s`, advice)
  const found = []
  // The words of an identifier: maxBands is max and Bands.
  for (const { 0: part, index } of text.matchAll(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g)) {
    const advice = wanted.get(part.toLowerCase())
    if (advice !== undefined) found.push({ line: lineOf(index), found: advice.word, instead: advice.instead })
  }
  for (const advice of phrases.filter(holds)) {
    const gap = '(?:\\s|[*/#])+'
    const pattern = new RegExp(`\\b${advice.phrase.replaceAll(' ', gap)}\\b`, 'gi')
    for (const { index } of text.matchAll(pattern))
      found.push({ line: lineOf(index), found: advice.phrase, instead: advice.instead })
  }
  for (const advice of forms.filter(holds)) {
    for (const { index, 0: match } of text.matchAll(new RegExp(advice.form, 'gm')))
      found.push({ line: lineOf(index + match.search(/\S/)), found: match.trim(), instead: advice.instead })
  }
  return found
}
