/** The folder that `deploy` writes, and the replay of its golden inputs. */
import { join } from 'node:path'
import { type Backend, SpikewardError, type Tensor, isRecord, parseJson, reshape, slice, tensor } from '@spikeward/core'
import { type ChipLayer, type ChipNetwork, type ChipStepper, chips, runChip, runStepper } from '@spikeward/chip'
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

/**
 * Inputs with the spike counts of every layer that the chip must give, rows of neurons; and the SHA-256 of the file of
 * integers, some of which no golden input may use, and of the NIR file. The file has the SHA-256 of this record as its
 * field `sha256`.
 */
type Golden = {
  readonly inputs: readonly (readonly number[])[]
  readonly counts: readonly (readonly number[])[]
  readonly integersSha256: string
  readonly nirSha256: string
}

type Difference = {
  readonly part: string
  readonly layer: number
  readonly index: number
  readonly recorded: number
  readonly computed: number
}

type Replay = { readonly compared: number; readonly difference: Difference | null }

const words = (values: Int32Array): number[] => Array.from(values)

function toJson({ chip, layers, time, input, report }: ChipNetwork): unknown {
  return {
    format: 'spikeward-chip-network',
    version: 1,
    chip: chip.name,
    time,
    input: {
      weight: { ...input.weight, values: Array.from(input.weight.values) },
      bias: Array.from(input.bias),
      gain: input.gain,
    },
    layers: layers.map((layer) => ({
      ...layer,
      weights: layer.weights === null ? null : words(layer.weights),
      biasMant: words(layer.biasMant),
      initialMembrane: words(layer.initialMembrane),
    })),
    report,
  }
}

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

type StoredNetwork = Pick<ChipNetwork, 'time' | 'input'> & {
  readonly version: number
  readonly chip: keyof typeof chips
  readonly layers: readonly (Omit<ChipLayer, Words> & Readonly<Record<Words, readonly number[]>>)[]
}
type Words = 'weights' | 'biasMant' | 'initialMembrane'

function networkIn(folder: string, integers: Uint8Array): ChipNetwork {
  const result = recordIn(folder, deployFiles.integers, integers) as unknown as StoredNetwork
  if (result.version !== 1 || !Object.hasOwn(chips, result.chip))
    throw invalid(folder, `another version wrote ${deployFiles.integers}`)
  const { chip, time, input } = result
  const layers = result.layers.map((layer) => ({
    ...layer,
    weights: (layer.weights as readonly number[] | null) === null ? null : Int32Array.from(layer.weights),
    biasMant: Int32Array.from(layer.biasMant),
    initialMembrane: Int32Array.from(layer.initialMembrane),
  }))
  return { chip: chips[chip], time, layers, input, report: [] }
}

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

/** Writes the network, the integers and the golden inputs of a deployment's folder: files whole, one after another. */
export async function writeDeployment(
  folder: string,
  network: ChipNetwork,
  given: { readonly nir: Uint8Array; readonly inputs: readonly Float64Array[] },
  backend: Backend,
): Promise<void> {
  await makeFolder(folder)
  const inputs = given.inputs.map((x) => Array.from(x))
  const counts = await Promise.all(
    runChip(network, inputs, backend).map(async (t) => Array.from(await t.data(), Number)),
  )
  const integers = `${JSON.stringify(toJson(network))}\n`
  const golden: Golden = { inputs, counts, integersSha256: sha256Of([integers]), nirSha256: sha256Of([given.nir]) }
  await writeWhole(join(folder, deployFiles.nir), given.nir)
  await writeWhole(join(folder, deployFiles.integers), integers)
  await writeWhole(
    join(folder, deployFiles.golden),
    `${JSON.stringify({ ...golden, sha256: sha256Of([JSON.stringify(golden)]) })}\n`,
  )
}

/** The words of a field and the number of steps, with the messages of each step by layer and then the last field. */
type StepperGolden = Pick<Golden, 'counts' | 'integersSha256' | 'nirSha256'> & {
  readonly field: readonly number[]
  readonly steps: number
}

type StoredStepper = Omit<ChipStepper, 'chip' | 'layers' | 'outBias'> & {
  readonly version: number
  readonly chip: keyof typeof chips
  readonly outBias: readonly number[]
  readonly layers: readonly (Omit<ChipStepper['layers'][number], StepperWords> &
    Readonly<Record<StepperWords, readonly number[]>>)[]
}
type StepperWords = 'vth' | 'bias' | 'weights'

function stepperIn(folder: string, integers: Uint8Array): ChipStepper {
  const result = recordIn(folder, deployFiles.integers, integers) as unknown as StoredStepper
  if (result.version !== 1 || !Object.hasOwn(chips, result.chip))
    throw invalid(folder, `another version wrote ${deployFiles.integers}`)
  const layers = result.layers.map((layer) => ({
    ...layer,
    ...{ vth: Int32Array.from(layer.vth), bias: Int32Array.from(layer.bias), weights: Int32Array.from(layer.weights) },
  }))
  return { ...result, chip: chips[result.chip], layers, outBias: Int32Array.from(result.outBias) }
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
  const shape = [1, ...cells, 1]
  const u = tensor(Int32Array.from(field), { shape, dtype: 'i32', ...(backend === undefined ? {} : { backend }) })
  const { fields, messages } = runStepper(network, u, steps, backend)
  const last = slice(fields, [steps - 1, ...shape.map(() => 0)], [steps, ...shape])
  return [...messages, reshape(last, [-1])]
}

/** The most steps of a golden field. */
const GOLDEN_STEPS = 8

/** Writes a time-stepper: its NIR file, its integers, and the run of one field. */
export async function writeStepper(
  folder: string,
  network: ChipStepper,
  run: { readonly nir: Uint8Array; readonly field: Int32Array; readonly steps: number },
  backend: Backend,
): Promise<readonly string[]> {
  const plain = (_: string, value: unknown): unknown =>
    ArrayBuffer.isView(value) ? Array.from(value as Int32Array) : value
  const content = { format: 'spikeward-chip-stepper', version: 1, ...network, chip: network.chip.name }
  const integers = `${JSON.stringify(content, plain)}\n`
  const [field, steps] = [words(run.field), Math.min(run.steps, GOLDEN_STEPS)]
  const counts = await Promise.all(
    stepperCounts(network, field, steps, backend).map(async (t) => Array.from(await t.data(), Number)),
  )
  const golden: StepperGolden = {
    ...{ field, steps, counts, integersSha256: sha256Of([integers]), nirSha256: sha256Of([run.nir]) },
  }
  await makeFolder(folder)
  await writeWhole(join(folder, deployFiles.nir), run.nir)
  await writeWhole(join(folder, deployFiles.integers), integers)
  await writeWhole(
    join(folder, deployFiles.golden),
    `${JSON.stringify({ ...golden, sha256: sha256Of([JSON.stringify(golden)]) })}\n`,
  )
  return [deployFiles.nir, deployFiles.integers, deployFiles.golden]
}

function recomputed(folder: string, integers: Uint8Array, golden: Golden | StepperGolden): readonly Tensor[] {
  if ('field' in golden) return stepperCounts(stepperIn(folder, integers), golden.field, golden.steps)
  const network = networkIn(folder, integers)
  checkLength(network, golden.inputs.length)
  return runChip(network, golden.inputs)
}

async function replayNetwork(folder: string, part: string): Promise<Replay> {
  const { sha256, ...stored } = recordIn(folder, deployFiles.golden, await bytesOf(folder, deployFiles.golden))
  checkUnchanged(folder, deployFiles.golden, JSON.stringify(stored), sha256)
  const golden = stored as unknown as Golden | StepperGolden
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
