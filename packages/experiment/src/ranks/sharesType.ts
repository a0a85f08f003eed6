import type { ValueType } from '@spikeward/core'
import type { Cut } from '@spikeward/distributed'

/** The shares of a step: `directions:4`, `batch:8`, `directions:2,batch:4` or `none`. */
export const sharesType: ValueType<Cut | 'none'> = {
  name: 'either',
  expects: 'shares such as directions:4, batch:8, or both with a comma between; or none',
  accepts: (x): x is Cut | 'none' => x === 'none' || (typeof x === 'object' && x !== null),
  parse: cutOf,
}

function cutOf(text: string): Cut | 'none' | undefined {
  if (text === 'none') return text
  const cut = { directions: 1, batch: 1 }
  for (const part of text.split(',')) {
    const [, name, number] = /^(directions|batch):([1-9]\d{0,4})$/.exec(part.trim()) ?? []
    if (name !== 'directions' && name !== 'batch') return undefined
    cut[name] = Number(number)
  }
  return cut
}
