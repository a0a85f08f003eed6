import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SpikewardError, sizeOf } from '@spikeward/core'
import { cacheFolder, makeFolder, sha256Of, writeWhole } from '@spikeward/core/node'
import type { DataOptions, OperatorData, OperatorProblem, TrajectoryProblem } from '@spikeward/core'
import { countOf } from '../geometry/coordinates.js'
import { encodeNpyAs, parseNpy } from './files/npy.js'
import { encodeZip, readZip } from './files/zip.js'

/**
 * The default folder of data sets: $XDG_CACHE_HOME/spikeward/data, or ~/.cache/spikeward/data.
 *
 * @throws CACHE_FOLDER if the user has neither
 */
export const defaultCacheFolder = (): string => join(cacheFolder(), 'data')

/** Options of {@link cachedData}. */
export type CacheOptions = {
  /** Default {@link defaultCacheFolder}. */
  readonly folder?: string
  /** Called with the path of a damaged file before it is replaced. */
  readonly onDamaged?: (path: string) => void
}

type Arrays = Readonly<Record<string, Float64Array | Float32Array>>
type Split = Parameters<OperatorProblem['data']>[0]

/**
 * The same problem with data, and trajectories if it has any, that are generated once and then read from a file.
 *
 * A set is stored as `<name>-<split>-<hash>.npz` (which NumPy reads). The hash is the SHA-256 of everything that the
 * data depend on: definition, solver, grid, sizes and key. Another key or grid gives another file. A file is written
 * atomically; a damaged one, by checksum or size, is generated again. A problem without a generator is returned
 * unchanged.
 *
 * @throws DATA_CACHE if the folder cannot be written
 * @example const { values } = await cachedData(burgers()).data('train', { onProgress: ({ done, total }) => show(done / total) })
 */
export function cachedData(problem: TrajectoryProblem, options?: CacheOptions): TrajectoryProblem
export function cachedData(problem: OperatorProblem, options?: CacheOptions): OperatorProblem
export function cachedData(problem: OperatorProblem | TrajectoryProblem, options: CacheOptions = {}): OperatorProblem {
  const { generator, sizes, sensors, name } = problem
  if (!generator) return problem
  const folder = options.folder ?? defaultCacheFolder()
  /** Arrays of `lengths` from the file of a signature, or generated and written there. */
  const arraysOf = async <T extends Arrays>(
    split: Split,
    signature: string,
    lengths: Readonly<Record<keyof T & string, number>>,
    { onProgress }: DataOptions,
    generate: () => Promise<T>,
  ): Promise<Arrays> => {
    const path = join(folder, `${name}-${split}-${sha256Of([signature]).slice(0, 16)}.npz`)
    const total = sizes[split]
    const file = await readSet(path, signature, Object.keys(lengths))
    if (file !== null && file !== 'damaged' && Object.entries(lengths).every(([n, size]) => file[n]!.length === size)) {
      onProgress?.({ split, done: total, total })
      return file
    }
    if (file !== null) options.onDamaged?.(path)
    await makeFolder(folder).catch(unwritable(folder))
    const generated = await generate()
    const entries = Object.entries(generated).map(([of, data]): [string, Uint8Array] => [
      `${of}.npy`,
      encodeNpyAs(data instanceof Float32Array ? '<f4' : '<f8', { shape: [total, data.length / total], data }),
    ])
    const text = new TextEncoder().encode(signature)
    await writeWhole(path, await encodeZip(new Map([...entries, ['signature.json', text]]))).catch(unwritable(path))
    return generated
  }
  const loads = new Map<Split, Promise<OperatorData>>()
  const load = async (split: Split, range: DataOptions = {}): Promise<OperatorData> => {
    const count = sizes[split]
    const lengths = { sensors: count * sensors.count, values: count * countOf(problem.at) * problem.outputs }
    const signature = JSON.stringify({ split, problem: generator.signature })
    const arrays = await arraysOf(split, signature, lengths, range, async () => {
      const { sensors: functions, values } = await problem.data(split, range)
      return { sensors: functions, values }
    })
    return { count, sensors: Float64Array.from(arrays['sensors']!), values: Float64Array.from(arrays['values']!) }
  }
  const common: OperatorProblem = {
    ...problem,
    data(split, range) {
      const before = loads.get(split)
      if (before) return before
      const arrays = load(split, range)
      loads.set(split, arrays)
      arrays.catch(() => loads.delete(split))
      return arrays
    },
  }
  if (!('trajectories' in problem)) return common
  const { trajectory } = problem
  const evolution: TrajectoryProblem = {
    ...common,
    trajectory,
    async trajectories(split, range = {}) {
      const count = sizes[split]
      const values = count * trajectory.frames * sizeOf(trajectory.grid) * trajectory.channels.length
      const signature = JSON.stringify({ split, problem: generator.signature, trajectory })
      const arrays = await arraysOf(split, signature, { values }, range, async () => ({
        values: (await problem.trajectories(split, range)).values,
      }))
      return { count, values: Float32Array.from(arrays['values']!) }
    },
  }
  return evolution
}

const unwritable =
  (path: string) =>
  (cause: Error): never => {
    const { code, message } = (cause.cause ?? cause) as NodeJS.ErrnoException
    throw new SpikewardError(
      'DATA_CACHE',
      `${path} cannot be written: ${code ?? message}; generated data are cached there; choose another folder`,
      { cause },
    )
  }

/** The named arrays of a stored set; null if there is none. */
async function readSet(path: string, signature: string, names: readonly string[]): Promise<Arrays | 'damaged' | null> {
  const bytes = await readFile(path).catch(() => null)
  if (bytes === null) return null
  try {
    const entries = await readZip(bytes, path)
    const entry = (name: string): Promise<Uint8Array> => entries.get(name)!.read()
    if (new TextDecoder().decode(await entry('signature.json')) !== signature) return 'damaged'
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, parseNpy(await entry(`${name}.npy`), path).data] as const)),
    )
  } catch {
    return 'damaged'
  }
}
