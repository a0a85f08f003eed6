/** Similar names, for messages that suggest the intended one. */
import { distance } from 'fastest-levenshtein'
import otherWords from './otherWords.json' with { type: 'json' }

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, '')

const letters = (name: string): string => [...name].sort().join('')

/** Words of other tools, and the names here that mean the same, the likeliest first. */
const words: Readonly<Record<string, readonly string[]>> = otherWords

/**
 * The known name that is meant: the same word of another tool, such as `lr` for `learning-rate`, else the most similar name (at most
 * about two letters in five differ, or the same letters in another order); null if there is none.
 */
export function nearest(name: string, known: readonly string[]): string | null {
  const word = plain(name)
  const same = (Object.hasOwn(words, word) ? words[word]! : []).find((other) => known.includes(other))
  if (same !== undefined) return same
  let best: string | null = null
  let least = Infinity
  for (const candidate of known) {
    const other = plain(candidate)
    const apart = letters(word) === letters(other) ? Math.min(1, distance(word, other)) : distance(word, other)
    const begins =
      word.length >= 3 && other.startsWith(word) ? 0.5 : other.length >= 3 && word.startsWith(other) ? 2 : apart
    const score = Math.min(apart, begins)
    if (score > Math.max(1, Math.floor(0.4 * Math.max(name.length, candidate.length))) || score >= least) continue
    least = score
    best = candidate
  }
  return best
}
