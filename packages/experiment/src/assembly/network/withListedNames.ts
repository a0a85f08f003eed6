import { isRecord } from '@spikeward/core'
import type { Json, JsonRecord } from '@spikeward/train'
import { isNirNetwork } from '../../catalogue/kinds/nirNetworks.js'
import { canonical } from '../../catalogue/notation/canonical.js'

const listed = (kind: 'network' | 'neuron' | 'problem' | 'surrogate', text: Json | undefined): JsonRecord =>
  typeof text === 'string' && !isNirNetwork(text) ? { [kind]: canonical(kind, text) } : {}

/**
 * The record of a network with the names that the command lists in the place of aliases: settings that an earlier version stored may hold
 * aliases, and make the same network.
 *
 * @throws CLI_BAD_VALUE for a text that is no name with options
 */
export function withListedNames(record: JsonRecord): JsonRecord {
  const { settings, conditions } = record
  return {
    ...record,
    ...(isRecord(settings) && {
      settings: {
        ...settings,
        ...listed('network', settings['network']),
        ...listed('neuron', settings['neuron']),
        ...listed('surrogate', settings['surrogate']),
      },
    }),
    ...(isRecord(conditions) && { conditions: { ...conditions, ...listed('problem', conditions['problem']) } }),
  }
}
