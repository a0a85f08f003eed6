import { networkSizes } from '../../catalogue/kinds/networkSizes.js'
import type { NetworkSize } from '../../catalogue/kinds/networkSizes.js'
import { always, nullForZero, storedSettings } from '../trainConfig.js'
import type { StoredSettings, TrainConfig } from '../trainConfig.js'

export type Check = (value: unknown) => boolean

const isText: Check = (v) => typeof v === 'string' && v !== ''
const isCount: Check = (v) => Number.isSafeInteger(v) && (v as number) >= 1
const isWidths: Check = (v) => Array.isArray(v) && v.every(isCount)
const orNull =
  (check: Check): Check =>
  (v) =>
    v === null || check(v)

const isOption: Check = (v) =>
  ['number', 'boolean', 'string'].includes(typeof v) || (Array.isArray(v) && v.every(isOption))

/** Values of declared options; the declarations check them when the run is assembled. */
const isOptions: Check = (v) =>
  typeof v === 'object' && v !== null && !Array.isArray(v) && Object.values(v).every(isOption)

const isDigests: Check = (v) =>
  typeof v === 'object' &&
  v !== null &&
  !Array.isArray(v) &&
  Object.values(v).every((digest) => typeof digest === 'string' && /^[\da-f]{64}$/.test(digest))

const isCut: Check = (v) =>
  typeof v === 'object' && v !== null && 'directions' in v && 'batch' in v && isCount(v.directions) && isCount(v.batch)

const has = (names: readonly string[], name: string): boolean => names.includes(name)

/** The checks of declared settings: texts are not empty, and settings that a run may lack are null. */
const declaredChecks = Object.fromEntries(
  Object.entries(storedSettings).map(([name, { type }]): [string, Check] => {
    const check: Check = type.name === 'text' ? isText : has(nullForZero, name) ? isCount : type.accepts
    return [name, has(always, name) ? check : orNull(check)]
  }),
) as Readonly<Record<keyof StoredSettings, Check>>

/** The checks of sizes of the network: a kind of network may lack all but the number of time steps. */
const sizeChecks = Object.fromEntries(
  Object.entries(networkSizes).map(([name, size]): [string, Check] => {
    const check = size === 'widths' ? isWidths : isCount
    return [name, name === 'time' ? check : orNull(check)]
  }),
) as Readonly<Record<NetworkSize, Check>>

export const checks: Readonly<Record<keyof TrainConfig, Check>> = {
  ...declaredChecks,
  ...sizeChecks,
  format: (v) => v === 2,
  problem: isText,
  problemOptions: isOptions,
  networkOptions: isOptions,
  files: isDigests,
  neuronOptions: isOptions,
  surrogateOptions: isOptions,
  estimatorOptions: isOptions,
  optimizerOptions: isOptions,
  shares: orNull(isCut),
}
