/** The record that rebuilds the network of a run around its variables: every checkpoint holds it. */
import { host } from '#host'
import type { Domain, HostCoords, OperatorProblem, PinnProblem } from '@spikeward/core'
import type { JsonRecord } from '@spikeward/train'
import { asInFolder, nirPathOf } from '../../catalogue/kinds/nirNetworks.js'
import { leafOf } from '../../catalogue/make.js'
import type { NetworkEntry } from '../../catalogue/kinds/networks.js'
import type { ProblemKind } from '../../catalogue/kinds/problems.js'
import type { OptionValues } from '../../catalogue/optionValues.js'
import type { TrainConfig } from '../../config/trainConfig.js'
import { isEquationFile } from '../../plugins/reference.js'
import { type FromData, type NetworkSettings, networkSettingNames } from './buildNetwork.js'

/** Where the conditions come from that are built into the output: a problem by name, or the part of an equation that states them. */
export type ConditionsRecord =
  | { readonly problem: string; readonly options: OptionValues; readonly key: number }
  | { readonly equation: JsonRecord }

export type NetworkRecord = {
  readonly version: 1
  readonly kind: ProblemKind
  readonly settings: NetworkSettings
  /** The options that the data of the run determined, by name: domain, scales, numbers of sensors and so on. */
  readonly data: JsonRecord
  /** The input and the output: coordinates of a point and their domain, outputs, and sensor values of an input function (null: there is none). */
  readonly shape: {
    readonly inputs: number
    readonly domain: Domain
    readonly outputs: number
    readonly sensors: number | null
  }
  /** The amplitude that is divided out of input functions; null: none. */
  readonly amplitude: { readonly unit: number; readonly told: boolean } | null
  readonly conditions: ConditionsRecord | null
  /** Whether the network is a time-stepper, whose outputs are increments. Absent: it is not. */
  readonly rollout?: true | undefined
  /** The first values of the unknown coefficients of an equation; null: there are none. */
  readonly coefficients: Readonly<Record<string, number>> | null
  /** The NIR file of the network in base64; null: it has none. */
  readonly nir: string | null
}

/** The options that data determine and that are stored as JSON. The others are among the variables, or act on the initial ones alone. */
const stored = [
  'inputs',
  'outputs',
  'domain',
  'output',
  'axes',
  'sensors',
  'input',
  'branches',
  'at',
  'grid',
  'nodes',
  'periodic',
  'sensorGrid',
  'scale',
  'steps',
  'scored',
] as const

type Branch = { readonly sensors: number; readonly input?: unknown }

const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))

const asJson = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, v: unknown) => (ArrayBuffer.isView(v) ? Array.from(v as Float64Array) : v)))

const storedOptions = ({ hasOption }: NetworkEntry, data: FromData): JsonRecord =>
  Object.fromEntries(
    stored
      .filter((name) => hasOption(name) && data[name] !== undefined)
      .map((name) => {
        const value = data[name]!()
        const plain =
          name === 'branches' ? (value as readonly Branch[]).map(({ sensors, input }) => ({ sensors, input })) : value
        return [name, asJson(plain)]
      }),
  ) as JsonRecord

export const coordsOf = (at: unknown): HostCoords => {
  const { kind, axes, x } = at as { readonly kind: string; readonly axes: never; readonly x?: readonly number[] }
  return kind === 'grid'
    ? { kind, axes: (axes as readonly (readonly number[])[]).map((nodes) => Float64Array.from(nodes)) }
    : { kind: 'points', axes, x: Float64Array.from(x ?? []) }
}

type Whole = Pick<NetworkRecord, 'kind' | 'shape'> &
  Partial<Pick<NetworkRecord, 'amplitude' | 'coefficients' | 'rollout'>> & {
    /** The problem whose conditions are built into the output; absent: none are. */
    readonly conditionsOf?: OperatorProblem | PinnProblem
  }

export async function networkRecord(
  config: TrainConfig,
  entry: NetworkEntry,
  data: FromData,
  { kind, shape, conditionsOf: problem, amplitude = null, coefficients = null, rollout }: Whole,
): Promise<JsonRecord> {
  const settings = Object.fromEntries(networkSettingNames.map((name) => [name, config[name]])) as NetworkSettings
  const record: NetworkRecord = {
    version: 1,
    kind,
    settings: { ...settings, network: asInFolder(config.network) },
    data: storedOptions(entry, data),
    shape,
    amplitude,
    ...(rollout === undefined ? {} : { rollout }),
    conditions: problem === undefined ? null : await conditionsOf(config, problem),
    coefficients,
    nir: entry.graph === null ? null : toBase64(await host.graphBytes(nirPathOf(config.network))),
  }
  return asJson(record) as JsonRecord
}

async function conditionsOf(
  { problem: text, problemOptions, dataKey }: TrainConfig,
  problem: OperatorProblem | PinnProblem,
): Promise<ConditionsRecord> {
  const { name } = leafOf('problem', text)
  if (!isEquationFile(name)) return { problem: text, options: problemOptions, key: dataKey }
  return { equation: await host.conditionsOf(name, problem) }
}
