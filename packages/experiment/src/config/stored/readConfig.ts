import { SpikewardError, isShallow } from '@spikeward/core'
import { asInFolder, fromFolder } from '../../catalogue/kinds/nirNetworks.js'
import { checks, isText, orNull } from './checks.js'
import type { Check } from './checks.js'
import { format1, fromFormat1 } from './fromFormat1.js'
import { withCurrentOptions } from './withCurrentOptions.js'
import type { TrainConfig } from '../trainConfig.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { shorten } from '../../usage/shorten.js'

type Settings = Readonly<Record<string, unknown>>

/** Settings that version 1 did not have. */
const added = [
  ...['format', 'problemOptions', 'networkOptions', 'patience', 'split', 'shares', 'neuronOptions', 'refine'],
  ...['surrogateOptions', 'estimatorOptions', 'optimizerOptions', 'files'],
]

/** Settings that the first runs of version 2 lack, with their values at that time. */
const later: Partial<TrainConfig> = {
  ...{ networkOptions: {}, patience: null, split: null, shares: null, refine: null },
  files: {},
}

/** A setting of earlier runs in the place of `files`: the SHA-256 of the user's own data. */
const earlier: Readonly<Record<string, Check>> = { dataHash: orNull(isText) }

/** The checks of the settings of version 1. */
const checks1: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(Object.entries(checks).filter(([name]) => !added.includes(name))),
  ...format1,
  ...earlier,
}

/** SHA-256 of the settings with these names, in alphabetical order. */
function fingerprint(settings: Settings, names: readonly string[]): string {
  const entries = [...names].sort().map((name) => [name, settings[name]])
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(entries))))
}

/** The settings as a run folder stores them: a network in a file is the file in the folder. */
export const toFolder = (config: TrainConfig): TrainConfig & { readonly sha256: string } =>
  toRecord({ ...config, network: asInFolder(config.network) })

/** The settings as stored in config.json, with a checksum that reveals manual changes. */
export const toRecord = (config: TrainConfig): TrainConfig & { readonly sha256: string } => ({
  ...config,
  sha256: fingerprint(config, Object.keys(checks)),
})

/**
 * The first setting that is missing or impossible, with its value; null if there is none.
 *
 * @param expected default: every setting of this version
 */
export function invalidSetting(record: Settings, expected: Readonly<Record<string, Check>> = checks): string | null {
  const found = Object.entries(expected).find(([name, check]) => !isShallow(record[name]) || !check(record[name]))
  if (found === undefined) return null
  const [name] = found
  const value = record[name]
  return `${name}: ${isShallow(value) ? shorten(JSON.stringify(value) ?? 'nothing') : 'lists in lists'}`
}

/**
 * The settings in a run folder's config.json, of this version or the previous one.
 *
 * @throws RUN_FOLDER_INVALID if a setting is missing or impossible, or was changed since the run began;
 *   RUN_FOLDER_NEWER if a later version wrote it
 */
export function readConfig(record: Settings, path: string): TrainConfig {
  const { format = 1 } = record
  if (typeof format === 'number' && format > 2) {
    throw new SpikewardError(
      'RUN_FOLDER_NEWER',
      `${path} is of format ${format}, which a later version of spikeward wrote, and this one reads formats 1 and 2; install that version: npm install @spikeward/cli@latest`,
    )
  }
  const lacking = format === 1 ? [] : Object.keys(later).filter((name) => !Object.hasOwn(record, name))
  const known = Object.entries(checks).filter(([name]) => !lacking.includes(name))
  const before = Object.entries(earlier).filter(([name]) => Object.hasOwn(record, name))
  const expected = format === 1 ? checks1 : Object.fromEntries([...known, ...before])
  const wrong = invalidSetting(record, expected)
  if (wrong !== null) {
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} contains ${wrong}, which is not valid; the file was altered or belongs to another program; start a new run`,
    )
  }
  const { sha256, ...settings } = record
  if (sha256 !== fingerprint(settings, Object.keys(expected))) {
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} was changed since the run began (its checksum differs), and the checkpoint belongs to the previous settings; ` +
        'undo the change; for another learning rate: spikeward resume <run> --learning-rate <r>; for anything else start a new run',
    )
  }
  const { dataHash, ...present } = settings
  const files = typeof dataHash === 'string' ? { [String(settings['data'])]: dataHash } : {}
  const config = (format === 1 ? { ...fromFormat1(present), files } : { ...later, files, ...present }) as TrainConfig
  return { ...withCurrentOptions(config), network: fromFolder(config.network, path.replace(/[\\/][^\\/]*$/, '')) }
}
