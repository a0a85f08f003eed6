/** The replay of a deployment's golden inputs. Its schemas take a tenth of a second to load, so few commands do. */
import { join } from 'node:path'
import { z } from 'zod'
import { SpikewardError, type Tensor, isRecord, parseJson } from '@spikeward/core'
import { chips, runChip } from '@spikeward/chip'
import { readRegular, sha256Of } from '@spikeward/core/node'
import { exists } from '../run/prepareFolder.js'
import { operatorParts } from '../../deployment/describeRun.js'
import { checkLength, deployFiles, stepperCounts } from './deployFolder.js'

const numbers = z.array(z.number()).readonly()
/** Integers that a chip holds. */
const ints = numbers.transform((values) => Int32Array.from(values))
const chip = z.enum(['loihi1', 'loihi2']).transform((name) => chips[name])
const format = z.object({
  ...{ signMode: z.enum(['mixed', 'excitatory', 'inhibitory']), bits: z.number(), exponent: z.number() },
})

const storedNetwork = z.object({
  ...{ version: z.literal(1), chip, time: z.number() },
  input: z.object({
    weight: z.object({ rows: z.number(), columns: z.number(), values: numbers }),
    ...{ bias: numbers, gain: z.number() },
  }),
  layers: z.array(
    z.object({
      ...{ weights: ints.nullable(), format, inputs: z.number(), neurons: z.number(), dv: z.number(), vth: z.number() },
      ...{ biasMant: ints, biasExp: z.number(), resetBy: z.number().nullable(), initialMembrane: ints },
      scale: z.number(),
    }),
  ),
})

const storedStepper = z.object({
  ...{ version: z.literal(1), chip, cells: numbers, edges: z.enum(['zeros', 'circular']), outBias: ints },
  layers: z.array(
    z.object({
      ...{ kernel: numbers, inputs: z.number(), outputs: z.number(), vth: ints, bias: ints, stateExp: z.number() },
      ...{ weights: ints, format, gains: ints.optional() },
    }),
  ),
  increment: z.object({ multiplier: z.number(), shift: z.number() }),
  ...{
    leak: z.number(),
    rest: z.union([z.number(), numbers]),
    fieldScale: z.number(),
    cycle: z.number().nullable().default(null),
  },
})

const recorded = { counts: z.array(numbers).readonly(), integersSha256: z.string(), nirSha256: z.string() }

/**
 * Inputs with the spike counts of every layer that the chip must give, rows of neurons; and the SHA-256 of the file of
 * integers, some of which no golden input may use, and of the NIR file. The file has the SHA-256 of this record as its
 * field `sha256`.
 */
const networkGolden = z.object({ ...recorded, inputs: z.array(numbers).readonly() })
type Golden = z.infer<typeof networkGolden>

/** The words of a field and the number of steps, with the messages of each step by layer and then the last field. */
const stepperGolden = z.object({ ...recorded, field: numbers, steps: z.number() })
type StepperGolden = z.infer<typeof stepperGolden>

type Difference = {
  readonly part: string
  readonly layer: number
  readonly index: number
  readonly recorded: number
  readonly computed: number
}

/** The first difference, or null, and how many integers were compared. */
export type Replay = { readonly compared: number; readonly difference: Difference | null }

const invalid = (folder: string, why: string): SpikewardError =>
  new SpikewardError(
    'DEPLOYMENT_INVALID',
    `${folder} is not a deployment, or is damaged: ${why}; write it again with: spikeward deploy <run> --out <folder>`,
  )

/** The most bytes of a file of a deployment; the integers of a million synapses take 5 MB. */
const MOST_BYTES = 2 ** 28

const bytesOf = (folder: string, name: string): Promise<Uint8Array> =>
  readRegular(join(folder, name), { most: MOST_BYTES }).catch((error: Error) => {
    throw invalid(folder, error.message)
  })

function recordIn(folder: string, name: string, bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = parseJson(new TextDecoder().decode(bytes))
    if (isRecord(value)) return value
  } catch {
    throw invalid(folder, `${name} is not JSON`)
  }
  throw invalid(folder, `${name} is not an object`)
}

function checkUnchanged(folder: string, name: string, content: string | Uint8Array, checksum: unknown): void {
  if (sha256Of([content]) !== checksum) throw invalid(folder, `${name} was changed after it was written`)
}

/** A record of a file by its schema, after its checksum was checked. */
function readAs<T>(folder: string, name: string, schema: z.ZodType<T>, value: unknown): T {
  const { success, data } = schema.safeParse(value)
  if (success) return data
  throw invalid(folder, `another version wrote ${name}`)
}

const integersIn = <T>(folder: string, bytes: Uint8Array, schema: z.ZodType<T>): T =>
  readAs(folder, deployFiles.integers, schema, recordIn(folder, deployFiles.integers, bytes))

function recomputed(folder: string, integers: Uint8Array, golden: Golden | StepperGolden): readonly Tensor[] {
  if ('field' in golden)
    return stepperCounts({ ...integersIn(folder, integers, storedStepper), report: [] }, golden.field, golden.steps)
  const network = { ...integersIn(folder, integers, storedNetwork), report: [] }
  checkLength(network, golden.inputs.length)
  return runChip(network, golden.inputs)
}

async function replayNetwork(folder: string, part: string): Promise<Replay> {
  const { sha256, ...stored } = recordIn(folder, deployFiles.golden, await bytesOf(folder, deployFiles.golden))
  checkUnchanged(folder, deployFiles.golden, JSON.stringify(stored), sha256)
  const golden = readAs(folder, deployFiles.golden, z.union([stepperGolden, networkGolden]), stored)
  const { counts, integersSha256, nirSha256 } = golden
  const integers = await bytesOf(folder, deployFiles.integers)
  checkUnchanged(folder, deployFiles.integers, integers, integersSha256)
  checkUnchanged(folder, deployFiles.nir, await bytesOf(folder, deployFiles.nir), nirSha256)
  let compared = 0
  for (const [layer, result] of recomputed(folder, integers, golden).entries()) {
    const values = Array.from(await result.data(), Number)
    const recorded = counts[layer]!
    const index = values.findIndex((v, i) => v !== recorded[i])
    if (index >= 0)
      return { compared, difference: { part, layer, index, recorded: recorded[index]!, computed: values[index]! } }
    compared += values.length
  }
  return { compared, difference: null }
}

/** See `replayDeployment` of `node.ts`, which loads it. */
export async function replayDeployment(folder: string): Promise<Replay> {
  if (!(await exists(join(folder, deployFiles.product)))) return replayNetwork(folder, 'network')
  let compared = 0
  for (const part of operatorParts) {
    const result = await replayNetwork(join(folder, part), part)
    compared += result.compared
    if (result.difference !== null) return { compared, difference: result.difference }
  }
  return { compared, difference: null }
}
