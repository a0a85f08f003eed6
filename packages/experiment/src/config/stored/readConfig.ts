import { type NetworkSize, networkSizes } from '../../catalogue/kinds/networkSizes.js'
import { always, declaredKinds, nullForZero, storedSettings } from '../trainConfig.js'
import type { DeclaredKind, StoredSettings, TrainConfig } from '../trainConfig.js'
import { SpikewardError, isShallow } from '@spikeward/core'
import { asInFolder, fromFolder } from '../../catalogue/kinds/nirNetworks.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { shorten } from '../../usage/pick.js'

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

const isSequences: Check = (v) => {
  const { timeColumn, runColumn, horizon, delays, window, warmUp } = (v ?? {}) as Readonly<Record<string, unknown>>
  const isFrom0: Check = (n) => n === 0 || isCount(n)
  return (
    [timeColumn, runColumn].every(orNull(isText)) &&
    [horizon, warmUp].every(isFrom0) &&
    isCount(delays) &&
    isCount(window)
  )
}

const has = (names: readonly string[], name: string): boolean => names.includes(name)

/** The checks of declared settings: texts are not empty, and settings that a run may lack are null. */
const declaredChecks = Object.fromEntries(
  Object.entries(storedSettings).map(([name, { type }]): [string, Check] => {
    const check: Check = type.name === 'text' ? isText : has(nullForZero, name) ? isCount : type.accepts
    return [name, has(always, name) ? check : orNull(check)]
  }),
) as Readonly<Record<keyof StoredSettings, Check>>

const sizeChecks = Object.fromEntries(
  Object.entries(networkSizes).map(([name, size]): [string, Check] => {
    const check = size === 'widths' ? isWidths : isCount
    return [name, name === 'time' ? check : orNull(check)]
  }),
) as Readonly<Record<NetworkSize, Check>>

const optionChecks = Object.fromEntries(declaredKinds.map((kind) => [`${kind}Options`, isOptions])) as Readonly<
  Record<`${DeclaredKind}Options`, Check>
>

export const checks: Readonly<Record<keyof TrainConfig, Check>> = {
  ...declaredChecks,
  ...sizeChecks,
  ...optionChecks,
  format: (v) => v === 2,
  problem: isText,
  files: isDigests,
  shares: orNull(isCut),
  sequences: orNull(isSequences),
}

type Settings = Readonly<Record<string, unknown>>

function fingerprint(settings: Settings): string {
  const entries = Object.keys(checks)
    .sort()
    .map((name) => [name, settings[name]])
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(entries))))
}

/** The settings as a run folder stores them: a network in a file is the file in the folder. */
export const toFolder = (config: TrainConfig): TrainConfig & { readonly sha256: string } =>
  toRecord({ ...config, network: asInFolder(config.network) })

/** The settings as stored in config.json, with a checksum that reveals manual changes. */
export const toRecord = (config: TrainConfig): TrainConfig & { readonly sha256: string } => ({
  ...config,
  sha256: fingerprint(config),
})

export function invalidSetting(record: Settings): string | null {
  const found = Object.entries(checks).find(([name, check]) => !isShallow(record[name]) || !check(record[name]))
  if (found === undefined) return null
  const [name] = found
  const value = record[name]
  return `${name}: ${isShallow(value) ? shorten(JSON.stringify(value) ?? 'nothing') : 'lists in lists'}`
}

/**
 * The settings in a run folder's config.json.
 *
 * @throws RUN_FOLDER_INVALID if a setting is missing or impossible, or was changed since the run began;
 *   RUN_FOLDER_NEWER if a later version wrote it
 */
export function readConfig(record: Settings, path: string): TrainConfig {
  const { format } = record
  if (typeof format === 'number' && format > 2)
    throw new SpikewardError(
      'RUN_FOLDER_NEWER',
      `${path} is of format ${format}, which a later version of spikeward wrote, and this one reads format 2; install that version: npm install @spikeward/cli@latest`,
    )
  const wrong = invalidSetting(record)
  if (wrong !== null)
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} contains ${wrong}, which is not valid; the file was altered, or another program or a version before 0.1.0 wrote it; start a new run`,
    )
  const { sha256: stored, ...settings } = record
  if (stored !== fingerprint(settings))
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} was changed since the run began (its checksum differs), and the checkpoint belongs to the previous settings; ` +
        'undo the change; for another learning rate: spikeward resume <run> --learning-rate <r>; for anything else start a new run',
    )
  const config = settings as unknown as TrainConfig
  return { ...config, network: fromFolder(config.network, path.replace(/[\\/][^\\/]*$/, '')) }
}
