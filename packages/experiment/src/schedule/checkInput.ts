/**
 * The inputs of tasks come from other processes, and from the server of a queue: they are checked before they are used.
 */
import { SpikewardError } from '@spikeward/core'
import { z } from 'zod'
import type { TrialInput } from '../comparison/trial.js'
import { type TrainConfig, invalidSetting } from '../config/trainConfig.js'

const seconds = z.number().positive()
const settings = z.record(z.string(), z.unknown())
const trial = z.strictObject({
  config: settings,
  measure: z.enum(['validation', 'test']),
  clock: z
    .strictObject({ seconds, pace: z.strictObject({ begin: z.number(), perStep: z.number().min(0) }) })
    .nullable(),
})
const pace = z.strictObject({ config: settings, seconds })
const train = z.strictObject({ args: z.array(z.string()) })

/** @throws JOB_INVALID */
function checked<T>(task: string, schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const [{ path = [], message } = { message: 'it is empty' }] = parsed.error.issues
  throw invalid(task, `${path.length === 0 ? 'it' : path.join('.')}: ${message}`)
}

const invalid = (task: string, why: string): SpikewardError =>
  new SpikewardError(
    'JOB_INVALID',
    `the input of a job (${task}) does not fit, so that this version did not write it: ${why}; run the same version on both sides`,
  )

function checkedSettings(task: string, config: Readonly<Record<string, unknown>>): TrainConfig {
  const wrong = invalidSetting(config)
  if (wrong !== null) throw invalid(task, `its settings contain ${wrong}, which is not valid`)
  return config as TrainConfig
}

/** The inputs of the tasks, checked. Each throws JOB_INVALID. */
export const checkInput = {
  trial(input: unknown): TrialInput {
    const { config, ...rest } = checked('trial', trial, input)
    return { ...rest, config: checkedSettings('trial', config) }
  },
  pace(input: unknown): { readonly config: TrainConfig; readonly seconds: number } {
    const { config, seconds } = checked('pace', pace, input)
    return { config: checkedSettings('pace', config), seconds }
  },
  train: (input: unknown): { readonly args: readonly string[] } => checked('train', train, input),
}
