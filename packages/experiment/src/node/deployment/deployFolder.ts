/** The folder that `deploy` writes, and the replay of its golden inputs. */
import { join } from 'node:path'
import { z } from 'zod'
import { type Backend, SpikewardError, type Tensor, isRecord, parseJson, reshape, slice, tensor } from '@spikeward/core'
import { type ChipNetwork, type ChipStepper, chips, runChip, runStepper } from '@spikeward/chip'
import { makeFolder, readRegular, sha256Of, writeWhole } from '@spikeward/core/node'
import { exists } from '../run/prepareFolder.js'
import { operatorParts } from '../../deployment/describeRun.js'

/** Names of the files of a deployment. */
export const deployFiles = {
  nir: 'network.nir',
  integers: 'integers.json',
  golden: 'golden.json',
  report: 'report.md',
  /** Of an operator, whose branch and trunk are folders: what the host does with their outputs. */
  product: 'product.json',
} as const

const numbers = z.array(z.number()).readonly()
/** Integers that a chip holds. */
const held = numbers.transform((values) => Int32Array.from(values))
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
      ...{ weights: held.nullable(), format, inputs: z.number(), neurons: z.number(), dv: z.number(), vth: z.number() },
      ...{ biasMant: held, biasExp: z.number(), resetBy: z.number().nullable(), initialMembrane: held },
      scale: z.number(),
    }),
  ),
})

const storedStepper = z.object({
  ...{ version: z.literal(1), chip, cells: numbers, edges: z.enum(['zeros', 'circular']), outBias: held },
  layers: z.array(
    z.object({
      ...{ kernel: numbers, inputs: z.number(), outputs: z.number(), vth: held, bias: held, stateExp: z.number() },
      ...{ weights: held, format, gains: held.optional() },
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

type Replay = { readonly compared: number; readonly difference: Difference | null }

/** Lists instead of typed arrays, for JSON. */
const listed = (_: string, value: unknown): unknown =>
  value instanceof Int32Array || value instanceof Float32Array || value instanceof Float64Array ? [...value] : value

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

/** The most time steps of a replay, and the most updates of neurons and synapses: about a minute each. */
const [MAX_STEPS, MAX_UPDATES] = [1_000_000, 2e10]

/**
 * Refuses a replay that would take unreasonably long.
 *
 * @throws DEPLOYMENT_TOO_LONG
 */
export function checkLength({ time, layers }: ChipNetwork, inputs: number): void {
  const updates =
    inputs * time * layers.reduce((sum, l) => sum + l.neurons * (l.weights === null ? 1 : 1 + l.inputs), 0)
  if (time <= MAX_STEPS && updates <= MAX_UPDATES) return
  throw new SpikewardError(
    'DEPLOYMENT_TOO_LONG',
    `${inputs} golden inputs take ${time} time steps with ${updates} updates of neurons and synapses, and a replay has at most ${MAX_STEPS} and ${MAX_UPDATES}; deploy a network with fewer time steps or neurons`,
  )
}

/** Writes the files of a deployment's folder whole, one after another. */
async function writeFiles(
  folder: string,
  nir: Uint8Array,
  network: ChipNetwork | ChipStepper,
  inputs: Pick<Golden, 'inputs'> | Pick<StepperGolden, 'field' | 'steps'>,
  outputs: readonly Tensor[],
): Promise<readonly string[]> {
  const counts = await Promise.all(outputs.map(async (t) => Array.from(await t.data(), Number)))
  const format = 'time' in network ? 'spikeward-chip-network' : 'spikeward-chip-stepper'
  const integers = `${JSON.stringify({ format, version: 1, ...network, chip: network.chip.name }, listed)}\n`
  const golden = { ...inputs, counts, integersSha256: sha256Of([integers]), nirSha256: sha256Of([nir]) }
  await makeFolder(folder)
  await writeWhole(join(folder, deployFiles.nir), nir)
  await writeWhole(join(folder, deployFiles.integers), integers)
  const sealed = { ...golden, sha256: sha256Of([JSON.stringify(golden)]) }
  await writeWhole(join(folder, deployFiles.golden), `${JSON.stringify(sealed)}\n`)
  return [deployFiles.nir, deployFiles.integers, deployFiles.golden]
}

/** Writes a network, with the spike counts of golden inputs. */
export function writeDeployment(
  folder: string,
  network: ChipNetwork,
  given: { readonly nir: Uint8Array; readonly inputs: readonly Float64Array[] },
  backend: Backend,
): Promise<readonly string[]> {
  const inputs = given.inputs.map((x) => Array.from(x))
  return writeFiles(folder, given.nir, network, { inputs }, runChip(network, inputs, backend))
}

/** Messages of each step by layer, and the last field, of one field of words. */
function stepperCounts(
  network: ChipStepper,
  field: readonly number[],
  steps: number,
  backend?: Backend,
): readonly Tensor[] {
  const { cells, layers } = network
  const updates = steps * field.length * layers.reduce((n, { weights }) => n + weights.length, 0)
  if (steps > MAX_STEPS || updates > MAX_UPDATES)
    throw new SpikewardError(
      'DEPLOYMENT_TOO_LONG',
      `a replay of ${steps} steps takes ${updates} products, and it has at most ${MAX_STEPS} and ${MAX_UPDATES}; deploy a network with fewer channels or a smaller grid`,
    )
  const shape = [1, ...cells, layers[0]!.inputs]
  const u = tensor(Int32Array.from(field), { shape, dtype: 'i32', ...(backend === undefined ? {} : { backend }) })
  const { fields, messages } = runStepper(network, u, steps, backend)
  const last = slice(fields, [steps - 1, ...shape.map(() => 0)], [steps, ...shape])
  return [...messages, reshape(last, [-1])]
}

/** The most steps of a golden field. */
const GOLDEN_STEPS = 8

/** Writes a time-stepper, with the run of one field. */
export function writeStepper(
  folder: string,
  network: ChipStepper,
  run: { readonly nir: Uint8Array; readonly field: Int32Array; readonly steps: number },
  backend: Backend,
): Promise<readonly string[]> {
  const [field, steps] = [Array.from(run.field), Math.min(run.steps, GOLDEN_STEPS)]
  return writeFiles(folder, run.nir, network, { field, steps }, stepperCounts(network, field, steps, backend))
}

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

/**
 * Replays the golden inputs of a deployment from its integers alone, those of branch and trunk for an operator.
 *
 * @returns the first difference, or null, and how many integers were compared
 * @throws DEPLOYMENT_INVALID, DEPLOYMENT_TOO_LONG
 */
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
