import { SpikewardError } from '@spikeward/core'
import type { JsonRecord } from '@spikeward/train'
import { z } from 'zod'
import { isNirNetwork } from '../../catalogue/kinds/networks.js'
import { leafOf } from '../../catalogue/make.js'
import { checks } from '../../config/trainConfig.js'
import { isEquationFile } from '../../plugins/reference.js'
import { type NetworkRecord, networkSettingNames } from './buildNetwork.js'

const options = z.record(z.string(), z.unknown())
const interval = z.tuple([z.number(), z.number()])
/** A record is complete without other files: it states the equation of a file instead of naming the file. */
const isNoFile = (problem: string): boolean => !isEquationFile(leafOf('problem', problem).name)
const count = z.number().int().min(1)

const record = z
  .object({
    version: z.literal(1),
    kind: z.enum(['regression', 'operator', 'pinn']),
    settings: z
      .record(z.string(), z.unknown())
      .refine(
        (settings) => networkSettingNames.every((name) => checks[name](settings[name])),
        'a setting of the network is missing or impossible',
      ),
    data: options,
    shape: z.object({
      ...{ inputs: count, domain: z.array(interval), outputs: count, sensors: count.nullable() },
      classes: z.array(z.string()).optional(),
    }),
    amplitude: z.object({ unit: z.number().positive(), told: z.boolean() }).nullable(),
    conditions: z
      .union([
        z.object({ problem: z.string().refine(isNoFile, 'it names a file'), options, key: z.number() }),
        z.object({ equation: options }),
      ])
      .nullable(),
    members: count.optional(),
    rollout: z.literal(true).optional(),
    coefficients: z.record(z.string(), z.number()).nullable(),
    nir: z.string().nullable(),
  })
  .refine(
    ({ settings, nir }) => nir !== null || !isNirNetwork(String(settings['network'])),
    'its network is a file that it does not hold',
  )

export function readRecord(model: JsonRecord | undefined): NetworkRecord {
  if (model === undefined)
    throw new SpikewardError(
      'CHECKPOINT_INCOMPLETE',
      'the checkpoint does not record its network, as those of earlier versions and of programs that give `fit` no `model`; resume its run once, or open the run folder',
    )
  const parsed = record.safeParse(model)
  // The settings were checked one by one, and a factory checks its options.
  if (parsed.success) return parsed.data as unknown as NetworkRecord
  const [{ path, message } = { path: [], message: 'it is empty' }] = parsed.error.issues
  throw new SpikewardError(
    'CHECKPOINT_CORRUPT',
    `the checkpoint's record of its network: ${path.join('.') || 'it'}: ${message}; another version wrote it, or it was altered; use an intact copy`,
  )
}
