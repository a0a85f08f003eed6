import { stat } from 'node:fs/promises'
import type { SpikewardError } from '@spikeward/core'
import { type Budget, type ReaderOptions, budgetOf, checkArrayMemory, overBudget, watchSeconds } from './budget.js'
import { corrupt, elements, fromColumnMajor, unknownName, unsupported } from './dataFile.js'
import type { DataFile, NdArray } from './dataFile.js'
import { type Answer, type Hdf5Thread, type Listed, type Request, hdf5Thread } from './hdf5Thread.js'

/** Whether bytes hold the HDF5 signature: at 0, or after a user block of 512, 1024, 2048 … bytes. */
export function isHdf5(bytes: Uint8Array): boolean {
  const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
  for (let at = 0; at < bytes.length; at = at === 0 ? 512 : 2 * at)
    if (signature.every((v, i) => bytes[at + i] === v)) return true
  return false
}

/** Bytes that the library itself may hold, beside three copies of an array: its chunks, its result and its numbers. */
const LIBRARY = 2 ** 27

/** Options of {@link hdf5File}. */
export type Hdf5Options = ReaderOptions & {
  /** A thread that reads files one after the other. Default: one of the file's own, which its `close` ends. */
  readonly thread?: Hdf5Thread
  /** Whether axes are in MATLAB's order, which is the reverse. */
  readonly matlab: boolean
}

/** An HDF5 file, and how many links listing it followed. */
export type Hdf5File = DataFile & { readonly visited: number }

/**
 * An HDF5 file, or a MAT-file of version 7.3, which is one: data sets of real numbers, those in groups by their path
 * ('group/set'). `names` lists data sets level by level, as far as the budget of nodes reaches; a data set further down
 * is read by its path all the same.
 *
 * @throws DATA_CORRUPT, DATA_UNSUPPORTED; DATA_BUDGET if the library takes too long, or it or an array needs more
 *   memory than a file of this size explains
 */
export async function hdf5File(path: string, options: Hdf5Options): Promise<Hdf5File> {
  const { matlab } = options
  const budget: Budget = { ...budgetOf((await stat(path)).size), ...options.budget }
  const thread = options.thread ?? hdf5Thread()
  const close = async (): Promise<void> => {
    if (options.thread === undefined) await thread.close()
  }
  const memory = LIBRARY + 3 * budget.memory
  const ask = (request: Request): Promise<Answer> => thread.ask(request, path, budget.seconds)
  /** The error for an answer without the requested content. */
  const failure = (answer: Answer, what: string): SpikewardError =>
    'refused' in answer
      ? overBudget(path, 'memory', `${what} within its memory`, `${memory} bytes for the library`)
      : corrupt(path, what)
  const first = await ask({ what: 'open', path, nodes: budget.nodes, memory }).catch(async (error: unknown) => {
    await close()
    throw error
  })
  if (!('list' in first)) {
    await close()
    throw failure(first, 'the HDF5 library cannot open it')
  }
  const { list, visited, complete } = first
  const ordered = (shape: readonly number[]): number[] => (matlab ? [...shape].reverse() : [...shape])
  // MATLAB keeps the insides of cells and structs under #refs#.
  const sets = new Map(list.filter((s) => !(matlab && s.name.startsWith('#'))).map((s) => [s.name, s]))
  const readable = [...sets].filter(([, s]) => s.problem === null)
  const find = async (name: string): Promise<Listed | null> => {
    const known = sets.get(name)
    if (known || complete) return known ?? null
    const answer = await ask({ what: 'describe', name })
    return 'set' in answer ? answer.set : null
  }
  const file: Hdf5File = {
    path,
    format: matlab ? 'mat' : 'hdf5',
    visited,
    names: new Map(readable.map(([name, s]) => [name, ordered(s.shape)])),
    async read(name): Promise<NdArray> {
      const set = await find(name.replace(/^\/+/, ''))
      if (!set && complete) throw unknownName(file, name)
      if (!set)
        throw overBudget(
          path,
          'nodes',
          `no array "${name}" among the links that were followed, and there are more: groups contain one another`,
          `${budget.nodes} links`,
        )
      if (set.problem !== null)
        throw unsupported(path, `"${name}": ${set.problem}`, 'save it as plain doubles, uncompressed or with gzip')
      checkArrayMemory(path, name, set.shape, elements(set.shape), budget)
      if (set.chunk > budget.memory)
        throw overBudget(path, 'memory', `a chunk of "${name}" takes ${set.chunk} bytes`, `${budget.memory} bytes`)
      const answer = await ask({ what: 'read', name: set.name })
      if (!('values' in answer)) throw failure(answer, `the HDF5 library cannot read "${name}"`)
      if (answer.values.length !== elements(set.shape))
        throw corrupt(path, `"${name}" of [${set.shape.join(' × ')}] gave ${answer.values.length} numbers`)
      const shape = ordered(set.shape)
      // Reversed axes, row-major, are the true axes, column-major; and so a MATLAB matrix is read.
      return matlab
        ? fromColumnMajor(shape, answer.values, watchSeconds(path, budget, options.clock))
        : { shape, data: answer.values }
    },
    close,
  }
  return file
}
