import { sha256Of } from '@spikeward/core/node'
import { readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { hdf5Thread, openDataFile } from '@spikeward/problems/node'
import type { DataFile, Hdf5Thread, NdArray } from '@spikeward/problems/node'
import { decodeCheckpoint, decodeSafetensors, encodeCheckpoint } from '@spikeward/train'
import type { HostTensor } from '@spikeward/train'
import { openRun } from '@spikeward/train/node'
import { parseFormula, readConfig, toRecord } from '@spikeward/experiment'
import type { TrainConfig } from '@spikeward/experiment'
import { isHdf5 } from '../../../../packages/problems/src/node/files/hdf5File.js'
import { dataFileIn } from '../../../../packages/problems/src/node/files/openDataFile.js'
import type { Random } from '../randomOf.js'
import { Accepted } from './accepted.js'
import { damaged, damagedText } from './damage.js'
import type { Format } from './format.js'
import { equationFormat } from './equationFormat.js'
import { meshFormat } from './meshFormat.js'
import { checkingTheNext } from './checkingTheNext.js'
import { nirFormats } from './nirGraphs.js'
import { nirSeeds } from './nirSeeds.js'
import { seedsIn } from './seedsIn.js'

const utf8 = new TextEncoder()
const text = new TextDecoder()
const encoded = (value: unknown): Uint8Array => utf8.encode(JSON.stringify(value, null, 2))

/** An HDF5 file as MATLAB writes it: behind a block of 512 bytes that names the format. */
function withMatlabHead(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(512 + bytes.length)
  whole.set(utf8.encode('MATLAB 7.3 MAT-file, Platform: GLNXA64'))
  whole.set(bytes, 512)
  return whole
}

/** The number of files that one thread of the HDF5 library reads before it is replaced. */
const THREAD = 500

/**
 * A reader of HDF5 files. A thread reads many files, because starting one takes ten times as long as reading a file.
 */
function hdf5Reader(): (path: string) => Promise<DataFile> {
  let thread: Hdf5Thread | null = null
  let count = 0
  return async (path) => {
    if (thread !== null && (thread.spent || ++count % THREAD === 0)) {
      await thread.close()
      thread = null
    }
    thread ??= hdf5Thread()
    return openDataFile(path, { thread })
  }
}

/** Formats whose readers take a file of arrays by its path. */
function dataFormats(folder: string, fixtures: string, graphs: readonly Uint8Array[]): Format[] {
  const seedsOf = (ending: string): Uint8Array[] => seedsIn(fixtures, ending)
  const readSome = async (file: DataFile): Promise<readonly NdArray[]> => {
    try {
      const arrays: NdArray[] = []
      for (const name of [...file.names.keys()].slice(0, 3)) arrays.push(await file.read(name))
      return arrays
    } finally {
      await file.close()
    }
  }
  const readHdf5 = hdf5Reader()
  // Bytes need no file, unless the HDF5 library may read them.
  const read =
    (ending: string) =>
    async (bytes: Uint8Array): Promise<readonly NdArray[]> => {
      const path = join(folder, `case${ending}`)
      if (!isHdf5(bytes)) return readSome(await dataFileIn(bytes, path))
      await writeFile(path, bytes)
      return readSome(await readHdf5(path))
    }
  const binary = (name: string, seconds: number, seeds: readonly Uint8Array[]): Format => ({
    name,
    hdf5: false,
    seconds,
    make: (random) => damaged(seeds[random(seeds.length)]!, seeds, random),
    read: async (bytes) => void (await read(`.${name}`)(bytes)),
  })
  const hdf5 = (ending: string, seeds: readonly Uint8Array[]): Format =>
    checkingTheNext({ ...binary(ending, 30, seeds), hdf5: true }, () => read(`.${ending}`)(seeds[0]!))
  const tables = [
    'x,y\n0,1\n0.5,2.25\n1,4\n',
    'f_0,f_1,f_2,u_0,u_1\n1,2,3,4,5\n-1e-3,inf,nan,0.5,6\n',
    '# a comment\n0.1;0.2\n0.3;0.4\n',
    'x\ty\r\n1\t2\r\n3\t4\r\n',
    '"a, b","c""d",e\n1,2,3\n4,5,6\n',
    '1 2 3\n4  5 6\n\n7 8 9',
  ]
  const odd = [',', ';', '\t', '"', '\n', '\r', '#', '\uFEFF', '1e999', '-', 'nan', 'inf', '""', ' ', '0x10', '_', ':']
  return [
    binary('npy', 5, seedsOf('.npy')),
    binary('npz', 5, seedsOf('.npz')),
    binary('mat', 5, seedsOf('.mat')),
    hdf5('h5', graphs),
    { ...hdf5('mat', graphs.map(withMatlabHead)), name: 'mat 7.3' },
    {
      name: 'csv',
      hdf5: false,
      seconds: 5,
      make: (random) => utf8.encode(damagedText(tables[random(tables.length)]!, odd, random)),
      read: async (bytes) => void (await read('.csv')(bytes)),
    },
  ]
}

/** Checkpoints: altered ones must be refused; those with a recomputed checksum test everything behind it. */
function checkpointFormats(): Format[] {
  const whole = encodeCheckpoint({
    step: 12,
    seconds: 0.5,
    forwardEquivalents: 24,
    tensors: new Map<string, HostTensor>([
      ['trained.w', { dtype: 'f32', shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i / 7) }],
      ['optimizer.0.mu.w', { dtype: 'f64', shape: [2], data: Float64Array.of(0.1, -3) }],
      ['key', { dtype: 'u32', shape: [2], data: Uint32Array.of(7, 9) }],
      ['step', { dtype: 'i32', shape: [], data: Int32Array.of(12) }],
      ['mask', { dtype: 'bool', shape: [3], data: Uint32Array.of(1, 0, 1) }],
    ]),
  })
  const at = 8 + '{"__metadata__":{"sha256":"'.length
  /** The file with the checksum that its content has. */
  const summed = (bytes: Uint8Array): Uint8Array => {
    if (bytes.length < at + 64) return bytes
    bytes.fill(0x30, at, at + 64)
    bytes.set(utf8.encode(sha256Of([bytes])), at)
    return bytes
  }
  const same = (bytes: Uint8Array): boolean => Buffer.compare(bytes, whole) === 0
  const make = (random: Random): Uint8Array => damaged(whole, [whole], random)
  return [
    {
      name: 'checkpoint',
      hdf5: false,
      seconds: 2,
      make,
      async read(bytes) {
        decodeCheckpoint(bytes)
        if (!same(bytes)) throw new Accepted('an altered checkpoint was read')
      },
    },
    {
      name: 'checkpoint with a fitting checksum',
      hdf5: false,
      seconds: 2,
      make: (random) => summed(make(random)),
      read: async (bytes) => void decodeCheckpoint(bytes),
    },
    {
      name: 'safetensors',
      hdf5: false,
      seconds: 2,
      make: (random) => summed(make(random)),
      read: async (bytes) => void decodeSafetensors(bytes),
    },
  ]
}

/** Settings with values exchanged for others of any kind. */
const damagedSettings = (value: object, random: Random): object =>
  Object.fromEntries(
    Object.entries(value).map(([k, v]) => [k, random(20) === 0 ? damagedJson(v, random) : (v as unknown)]),
  )

function damagedJson(value: unknown, random: Random): unknown {
  const others: readonly unknown[] = [null, true, '', 'x', -1, 0, 0.5, 2 ** 31, 1e308, [], {}, [1, [2]], '__proto__', 3]
  if (random(4) === 0) return others[random(others.length)]
  if (Array.isArray(value))
    return value.map((v) => (random(value.length) === 0 ? damagedJson(v, random) : (v as unknown)))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    const chosen = random(entries.length)
    return Object.fromEntries(entries.map(([k, v], i) => [k, i === chosen ? damagedJson(v, random) : (v as unknown)]))
  }
  return others[random(others.length)]
}

/** A run's settings, its folder, and expressions. */
function textFormats(folder: string, run: string): Format[] {
  const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8')) as Readonly<Record<string, unknown>>
  const current = readConfig(config, 'config.json')
  const metrics = '{"type":"metrics","step":1,"loss":0.5}\n{"type":"validation","step":2,"relativeL2":0.25}\n'
  const settings = JSON.stringify(toRecord(current), null, 2)
  const odd = ['{', '}', '[', ']', '"', ':', ',', 'null', '1e999', '-', '\\u0000', '\uFFFF', '\n', '""', '__proto__']
  const parts = [
    '(',
    ')',
    '+',
    '-',
    '*',
    '/',
    '^',
    '**',
    ',',
    'sin',
    'max',
    'x',
    'pi',
    '1e400',
    '.',
    '1.',
    'y',
    '$',
    'é',
  ]
  const formulas = ['sin(pi*x) + 0.5*x^2', 'max(x, 1, -x)*e', '-(-x)^-2/3', 'sqrt(abs(x)) - log(1 + x**2)']
  const place = join(folder, 'run')
  return [
    {
      name: 'settings of a run',
      hdf5: false,
      seconds: 2,
      make: (random) =>
        random(2) === 0
          ? utf8.encode(damagedText(settings, odd, random))
          : encoded(toRecord(damagedSettings(current, random) as TrainConfig)),
      async read(bytes) {
        let record: unknown
        try {
          record = JSON.parse(text.decode(bytes))
        } catch {
          return
        }
        if (typeof record !== 'object' || record === null || Array.isArray(record)) return
        readConfig(record as Readonly<Record<string, unknown>>, 'config.json')
      },
    },
    {
      name: 'run folder',
      hdf5: false,
      seconds: 5,
      make: (random) => utf8.encode(damagedText(random(2) === 0 ? metrics : settings, odd, random)),
      async read(bytes) {
        await rm(place, { recursive: true, force: true })
        await mkdir(place)
        await writeFile(join(place, 'config.json'), bytes[0] === 0x7b && bytes[1] === 0x0a ? bytes : '{}')
        await writeFile(join(place, 'metrics.jsonl'), bytes)
        await writeFile(join(place, 'summary.json'), bytes)
        const opened = await openRun(place)
        const endings = await Promise.allSettled([opened.metrics(), opened.summary(), opened.checkpoint()])
        for (const e of endings) if (e.status === 'rejected' && !(e.reason instanceof SpikewardError)) throw e.reason
        for (const e of endings) if (e.status === 'rejected') throw e.reason
      },
    },
    {
      name: 'expression',
      hdf5: false,
      seconds: 2,
      make: (random) => utf8.encode(damagedText(formulas[random(formulas.length)]!, parts, random)),
      async read(bytes) {
        const given = text.decode(bytes)
        try {
          parseFormula(given, ['x'])({ x: 0.5 })
        } catch (error) {
          if (error instanceof Error && error.message.length > 500)
            throw new Accepted(`an error of ${error.message.length} characters`)
          throw error
        }
      },
    },
  ]
}

/**
 * Every format that a reader of Spikeward takes.
 *
 * @param root the checkout, whose fixtures are damaged
 * @param folder where files may be written
 */
export async function formatsOf(root: string, folder: string): Promise<readonly Format[]> {
  // NIR files are HDF5 files as well.
  const seeds = await nirSeeds(root, folder)
  const graphs = [...seeds.valid, ...seeds.cyclic]
  return [
    ...dataFormats(folder, join(root, 'packages/problems/test/fixtures'), graphs),
    ...checkpointFormats(),
    ...textFormats(folder, join(root, 'apps/cli/test/fixtures/runFormat2')),
    meshFormat,
    equationFormat(folder),
    ...nirFormats(seeds),
  ]
}
