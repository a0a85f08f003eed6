import { SpikewardError, isShallow } from '@spikeward/core'
import { asInFolder, fromFolder } from '../../catalogue/kinds/nirNetworks.js'
import { checks } from './checks.js'
import type { TrainConfig } from '../trainConfig.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { shorten } from '../../usage/pick.js'

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
  if (typeof format === 'number' && format > 2) {
    throw new SpikewardError(
      'RUN_FOLDER_NEWER',
      `${path} is of format ${format}, which a later version of spikeward wrote, and this one reads format 2; install that version: npm install @spikeward/cli@latest`,
    )
  }
  const wrong = invalidSetting(record)
  if (wrong !== null) {
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} contains ${wrong}, which is not valid; the file was altered, or another program or a version before 0.1.0 wrote it; start a new run`,
    )
  }
  const { sha256: stored, ...settings } = record
  if (stored !== fingerprint(settings)) {
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} was changed since the run began (its checksum differs), and the checkpoint belongs to the previous settings; ` +
        'undo the change; for another learning rate: spikeward resume <run> --learning-rate <r>; for anything else start a new run',
    )
  }
  const config = settings as unknown as TrainConfig
  return { ...config, network: fromFolder(config.network, path.replace(/[\\/][^\\/]*$/, '')) }
}
