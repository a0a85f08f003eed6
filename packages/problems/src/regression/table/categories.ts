/** Columns of texts as numbers. */
import { SpikewardError } from '@spikeward/core'

/** The most levels of a category that is not named as one: a column of free text has more. */
export const FEW_LEVELS = 20

/** The most levels of any category: each becomes an input. */
const MOST_LEVELS = 1000

/** Whether a text stands for a missing value; `none` is a level, such as that of rows without a catalyst. */
export const isMissing = (text: string): boolean => /^(?:|n\/?a|nan|null|\?)$/i.test(text)

const counted = new Intl.Collator('en', { numeric: true })

/** The different texts of a column in the order in which people count, without those that stand for a missing value. */
export const levelsIn = (texts: readonly string[]): readonly string[] =>
  [...new Set(texts)].filter((text) => !isMissing(text)).sort(counted.compare)

/**
 * A category as numbers, one column for each level: 1 where the row has it, and else 0; NaN in all of them where the
 * value is missing.
 *
 * @returns [rows, levels], row-major
 * @throws DATA_LEVEL_UNKNOWN for a text that is no level, with its row; DATA_LEVELS for fewer than two levels or more
 *   than 1,000
 */
export function oneHot(column: string, texts: readonly string[], levels: readonly string[]): Float64Array {
  if (levels.length < 2 || levels.length > MOST_LEVELS)
    throw new SpikewardError(
      'DATA_LEVELS',
      `the category "${column}" has ${levels.length} different texts, and a category has 2 to ${MOST_LEVELS}; leave it out, or group its texts`,
    )
  const numberOf = new Map(levels.map((level, i) => [level, i]))
  const out = new Float64Array(texts.length * levels.length)
  for (const [r, text] of texts.entries()) {
    const at = numberOf.get(text)
    if (at !== undefined) out[r * levels.length + at] = 1
    else if (isMissing(text)) out.fill(NaN, r * levels.length, (r + 1) * levels.length)
    else
      throw new SpikewardError(
        'DATA_LEVEL_UNKNOWN',
        `"${text.slice(0, 30)}" in row ${r + 1} of "${column}" is none of the texts of the training: ${levels.slice(0, 20).join(', ')}; leave such rows out, or train with them`,
      )
  }
  return out
}
