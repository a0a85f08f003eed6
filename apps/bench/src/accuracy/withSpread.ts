import { digits } from '../report/formatNumbers.js'
import type { MeanSpread } from './summarise.js'

export const withSpread = (value: MeanSpread): string =>
  value === null
    ? '–'
    : value.spread === null
      ? digits(value.mean)
      : `${digits(value.mean)} ± ${digits(value.spread, 2)}`
