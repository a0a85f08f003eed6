/** The folder that `deploy` writes, and the replay of its golden inputs. */
import { join } from 'node:path'
import { SpikewardError, isRecord, parseJson } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import { checkFormat, checkLif, chips, holdWeight, runChip } from '@spikeward/chip'
import type { Chip, ChipLayer, ChipNetwork } from '@spikeward/chip'
import { makeFolder, readRegular, sha256Of, writeWhole } from '@spikeward/core/node'
import { exists } from '../run/prepareFolder.js'
import { operatorParts } from './describeRun.js'

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
 * Inputs with the spike counts of every layer that the chip must give, rows of neurons; and the SHA-256 of the file of integers, some of
 * which no golden input may use, and of the NIR file. The file has the SHA-256 of this record as its field `sha256`.
 */
type Golden = {
  readonly inputs: readonly (readonly number[])[]
  readonly counts: readonly (readonly number[])[]
  readonly integersSha256: string
  readonly nirSha256: string
}

/** The first number in which a replay differs. */
type Difference = {
  readonly part: string
  readonly layer: number
  readonly index: number
  readonly recorded: number
  readonly computed: number
}

type Replay = {
  readonly compared: number
  readonly difference: Difference | null
}

const words = (values: Int32Array): number[] => Array.from(values)

/** A network as JSON: whole numbers, and the floats by which the host computes constant currents. */
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

const isNumbers = (x: unknown): x is readonly number[] => Array.isArray(x) && x.every((v) => typeof v === 'number')

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
  if (typeof checksum !== 'string')
    throw invalid(folder, `there is no checksum of ${name}, as an earlier version wrote none`)
  if (sha256Of([content]) !== checksum) throw invalid(folder, `${name} was changed after it was written`)
}

/** Whether every integer of a layer is one that the chip can hold. */
function fitsWords(chip: Chip, { weights, format, dv, vth, biasMant, biasExp, resetBy, initialMembrane }: ChipLayer) {
  const state = 2 ** (chip.stateBits - 1)
  try {
    checkFormat(chip, format)
    for (const mantissa of biasMant) checkLif(chip, { du: 0, dv, vth, biasMant: mantissa, biasExp })
    return (
      [...(resetBy === null ? [] : [resetBy]), ...initialMembrane].every((v) => Math.abs(v) < state) &&
      (weights === null || weights.every((w) => holdWeight(chip, format, w) === w))
    )
  } catch (error) {
    if (error instanceof SpikewardError && error.code === 'CHIP_RANGE') return false
    throw error
  }
}

function networkIn(folder: string, integers: Uint8Array): ChipNetwork {
  const all = recordIn(folder, deployFiles.integers, integers)
  const fail = (why: string): never => {
    throw invalid(folder, `${deployFiles.integers}: ${why}`)
  }
  const { chip: name, time, input, layers } = all
  const chip =
    typeof name === 'string' && Object.hasOwn(chips, name) ? chips[name as keyof typeof chips] : fail('no such chip')
  const count = (x: unknown, what: string): number =>
    typeof x === 'number' && Number.isSafeInteger(x) ? x : fail(`${what} is not a whole number`)
  const list = (x: unknown, length: number, what: string): readonly number[] =>
    isNumbers(x) && x.length === length ? x : fail(`${what} does not hold ${length} numbers`)
  if (!Array.isArray(layers) || layers.length === 0 || !isRecord(input) || !isRecord(input['weight']))
    return fail('it has no layers')
  const read = layers.map((layer: unknown, l) => {
    if (!isRecord(layer)) return fail(`layer ${l} is not an object`)
    const [inputs, neurons] = [count(layer['inputs'], 'inputs'), count(layer['neurons'], 'neurons')]
    const { format } = layer
    if (!isRecord(format)) return fail(`layer ${l} has no format`)
    const resetBy = layer['resetBy'] === null ? null : count(layer['resetBy'], 'resetBy')
    const found: ChipLayer = {
      weights: l === 0 ? null : Int32Array.from(list(layer['weights'], inputs * neurons, 'weights')),
      format: {
        signMode: 'mixed' as const,
        bits: count(format['bits'], 'bits'),
        exponent: count(format['exponent'], 'exponent'),
      },
      inputs,
      neurons,
      dv: count(layer['dv'], 'dv'),
      vth: count(layer['vth'], 'vth'),
      biasMant: Int32Array.from(list(layer['biasMant'], neurons, 'biasMant')),
      biasExp: count(layer['biasExp'], 'biasExp'),
      resetBy,
      initialMembrane: Int32Array.from(list(layer['initialMembrane'], neurons, 'initialMembrane')),
      scale: typeof layer['scale'] === 'number' ? layer['scale'] : fail('scale is not a number'),
    }
    return fitsWords(chip, found) ? found : fail(`an integer of layer ${l} does not fit its word of ${chip.name}`)
  })
  const steps = count(time, 'time')
  if (steps < 1) fail('time is below 1')
  const [first] = read
  const [rows, columns] = [first!.inputs, first!.neurons]
  return {
    chip,
    time: steps,
    layers: read,
    input: {
      weight: { rows, columns, values: list(input['weight']['values'], rows * columns, 'weight') },
      bias: list(input['bias'], columns, 'bias'),
      gain: typeof input['gain'] === 'number' ? input['gain'] : fail('gain is not a number'),
    },
    report: [],
  }
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

async function replayNetwork(folder: string, part: string): Promise<Replay> {
  const integers = await bytesOf(folder, deployFiles.integers)
  const network = networkIn(folder, integers)
  const { sha256, ...golden } = recordIn(folder, deployFiles.golden, await bytesOf(folder, deployFiles.golden))
  checkUnchanged(folder, deployFiles.golden, JSON.stringify(golden), sha256)
  const { inputs, counts, integersSha256, nirSha256 } = golden
  const rows = network.layers[0]!.inputs
  const isRows = (x: unknown): x is readonly (readonly number[])[] => Array.isArray(x) && x.every(isNumbers)
  if (
    !isRows(inputs) ||
    !isRows(counts) ||
    inputs.some((x) => x.length !== rows) ||
    counts.length !== network.layers.length
  )
    throw invalid(folder, `${deployFiles.golden} does not fit the network`)
  checkUnchanged(folder, deployFiles.integers, integers, integersSha256)
  checkUnchanged(folder, deployFiles.nir, await bytesOf(folder, deployFiles.nir), nirSha256)
  checkLength(network, inputs.length)
  let compared = 0
  for (const [layer, found] of runChip(network, inputs).entries()) {
    const values = Array.from(await found.data(), Number)
    const recorded = counts[layer]!
    if (recorded.length !== values.length) throw invalid(folder, `${deployFiles.golden} does not fit the network`)
    const index = values.findIndex((v, i) => v !== recorded[i])
    if (index >= 0)
      return {
        compared,
        difference: { part, layer, index, recorded: recorded[index]!, computed: values[index]! },
      }
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
    const found = await replayNetwork(join(folder, part), part)
    compared += found.compared
    if (found.difference !== null) return { compared, difference: found.difference }
  }
  return { compared, difference: null }
}
