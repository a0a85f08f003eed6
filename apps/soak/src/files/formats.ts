import { readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { sha256Of } from '@spikeward/core/node'
import { parseFormula, readConfig, toRecord } from '@spikeward/experiment'
import type { TrainConfig } from '@spikeward/experiment'
import { readEquation } from '@spikeward/experiment/node'
import { triangleMesh } from '@spikeward/problems'
import { hdf5Thread, openDataFile } from '@spikeward/problems/node'
import type { DataFile, Hdf5Thread, NdArray } from '@spikeward/problems/node'
import { decodeCheckpoint, decodeSafetensors, encodeCheckpoint } from '@spikeward/train'
import type { HostTensor } from '@spikeward/train'
import { openRun } from '@spikeward/train/node'
import { isHdf5 } from '../../../../packages/problems/src/node/files/hdf5File.js'
import { dataFileIn } from '../../../../packages/problems/src/node/files/openDataFile.js'
import { meshIn } from '../../../../packages/problems/src/node/readMesh.js'
import type { Random } from '../randomOf.js'
import { damaged, damagedRecord, damagedText, oneOf } from './damage.js'
import { Accepted, checkingTheNext, seedsIn } from './format.js'
import type { Format } from './format.js'
import { nirFormats, nirSeeds } from './nir.js'

const utf8 = new TextEncoder()
const text = new TextDecoder()

/** Words that often break a parser of any kind, and those of one: each ends at a blank. */
const words = (list: string): readonly string[] => [...list.split(' '), '\n', ' ', '\uFEFF', '1e999', '-', '""']
const json = words('{ } [ ] " : , null true \\u0000 "x" 0 -1 1e-300 1e300 0.5 __proto__ constructor')

/** A format of texts: some whole ones are damaged. */
const texts = (name: string, seconds: number, seeds: readonly string[], odd: readonly string[]) => ({
  ...{ name, seconds },
  make: (random: Random): Uint8Array => utf8.encode(damagedText(oneOf(random, seeds), odd, random)),
})

/** An HDF5 file as MATLAB writes it: behind a block of 512 bytes that names the format. */
function withMatlabHead(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(512 + bytes.length)
  whole.set(utf8.encode('MATLAB 7.3 MAT-file, Platform: GLNXA64'))
  whole.set(bytes, 512)
  return whole
}

/** The number of files that one thread of the HDF5 library reads before it is replaced: starting one takes ten times as long as a file. */
const THREAD = 500

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

const tables = [
  'x,y\n0,1\n0.5,2.25\n1,4\n',
  'f_0,f_1,f_2,u_0,u_1\n1,2,3,4,5\n-1e-3,inf,nan,0.5,6\n',
  '# a comment\n0.1;0.2\n0.3;0.4\n',
  'x\ty\r\n1\t2\r\n3\t4\r\n',
  '"a, b","c""d",e\n1,2,3\n4,5,6\n',
  '1 2 3\n4  5 6\n\n7 8 9',
]

/** Formats whose readers take a file of arrays by its path. */
function dataFormats(folder: string, fixtures: string, graphs: readonly Uint8Array[]): Format[] {
  const readHdf5 = hdf5Reader()
  // Bytes need no file, unless the HDF5 library may read them.
  const read = async (ending: string, bytes: Uint8Array): Promise<readonly NdArray[]> => {
    const path = join(folder, `case${ending}`)
    const large = isHdf5(bytes)
    if (large) await writeFile(path, bytes)
    const file = large ? await readHdf5(path) : await dataFileIn(bytes, path)
    try {
      const arrays: NdArray[] = []
      for (const name of [...file.names.keys()].slice(0, 3)) arrays.push(await file.read(name))
      return arrays
    } finally {
      await file.close()
    }
  }
  const binary = (name: string, seconds = 5, seeds: readonly Uint8Array[] = seedsIn(fixtures, `.${name}`)): Format => ({
    ...{ name, seconds },
    make: (random) => damaged(oneOf(random, seeds), seeds, random),
    read: async (bytes) => void (await read(`.${name}`, bytes)),
  })
  const hdf5 = (ending: string, seeds: readonly Uint8Array[]): Format =>
    checkingTheNext({ ...binary(ending, 30, seeds), hdf5: true }, () => read(`.${ending}`, seeds[0]!))
  return [
    ...['npy', 'npz', 'mat'].map((name) => binary(name)),
    hdf5('h5', graphs),
    { ...hdf5('mat', graphs.map(withMatlabHead)), name: 'mat 7.3' },
    {
      ...texts('csv', 5, tables, words(', ; \t " \r # nan inf 0x10 _ :')),
      read: async (bytes) => void (await read('.csv', bytes)),
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
  const make = (random: Random): Uint8Array => damaged(whole, [whole], random)
  /** The file with the checksum that its content has. */
  const summed = (random: Random): Uint8Array => {
    const bytes = make(random)
    if (bytes.length < at + 64) return bytes
    bytes.fill(0x30, at, at + 64)
    bytes.set(utf8.encode(sha256Of([bytes])), at)
    return bytes
  }
  const decoded = (name: string, decode: (bytes: Uint8Array) => unknown): Format => ({
    ...{ name, seconds: 2, make: summed },
    read: async (bytes) => void decode(bytes),
  })
  return [
    {
      ...{ name: 'checkpoint', seconds: 2, make },
      async read(bytes) {
        decodeCheckpoint(bytes)
        if (Buffer.compare(bytes, whole) !== 0) throw new Accepted('an altered checkpoint was read')
      },
    },
    decoded('checkpoint with a fitting checksum', decodeCheckpoint),
    decoded('safetensors', decodeSafetensors),
  ]
}

/** A run's settings, and its folder. */
function runFormats(folder: string, run: string): Format[] {
  const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8')) as Readonly<Record<string, unknown>>
  const current = readConfig(config, 'config.json')
  const metrics = '{"type":"metrics","step":1,"loss":0.5}\n{"type":"validation","step":2,"relativeL2":0.25}\n'
  const settings = JSON.stringify(toRecord(current), null, 2)
  const others = [null, true, '', 'x', -1, 0, 0.5, 2 ** 31, 1e308, [], {}, [1, [2]], '__proto__', 3]
  const place = join(folder, 'run')
  const plain = texts('settings of a run', 2, [settings], json)
  return [
    {
      ...plain,
      make(random) {
        if (random(2) === 0) return plain.make(random)
        const made: Record<string, unknown> = { ...current }
        for (let times = 1 + random(3); times > 0; times--) {
          const name = oneOf(random, Object.keys(made))
          made[name] = damagedRecord(made[name], others, json, random)
        }
        return utf8.encode(JSON.stringify(toRecord(made as TrainConfig), null, 2))
      },
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
      ...texts('run folder', 5, [metrics, settings], json),
      async read(bytes) {
        await rm(place, { recursive: true, force: true })
        await mkdir(place)
        await writeFile(join(place, 'config.json'), bytes[0] === 0x7b && bytes[1] === 0x0a ? bytes : '{}')
        await writeFile(join(place, 'metrics.jsonl'), bytes)
        await writeFile(join(place, 'summary.json'), bytes)
        const opened = await openRun(place)
        const endings = await Promise.allSettled([opened.metrics(), opened.summary(), opened.checkpoint()])
        const errors = endings.flatMap((e): unknown[] => (e.status === 'rejected' ? [e.reason] : []))
        const bare = errors.find((error) => !(error instanceof SpikewardError))
        if (errors.length > 0) throw bare ?? errors[0]
      },
    },
  ]
}

const formulas = ['sin(pi*x) + 0.5*x^2', 'max(x, 1, -x)*e', '-(-x)^-2/3', 'sqrt(abs(x)) - log(1 + x**2)']

const expressionFormat: Format = {
  ...texts('expression', 2, formulas, words('( ) + * / ^ ** , sin max x pi 1e400 . 1. y $ é')),
  async read(bytes) {
    try {
      parseFormula(text.decode(bytes), ['x'])({ x: 0.5 })
    } catch (error) {
      if (error instanceof Error && error.message.length > 500)
        throw new Accepted(`an error of ${error.message.length} characters`)
      throw error
    }
  },
}

/** Gmsh files, whose triangles become a shape: a square of two triangles, and a segment of its boundary. */
const meshFormat = (squares: readonly string[]): Format => ({
  ...texts('mesh', 2, squares, words('$ $Nodes\n $Elements\n . e 1e300 1e-300 nan Infinity 0x10 2 4.1')),
  read: async (bytes) => void triangleMesh(meshIn(text.decode(bytes), 'case.msh')),
})

/** Values in the place of others in an equation, and words in its texts. */
const equationValues: readonly unknown[] = [
  ...[null, true, 0, -1, 0.5, 3, 1e-300, 1e300, 2 ** 20, 2 ** 24, 2 ** 31, '', 'x', 'u', 'y'],
  ...['1/0', '0/0', 'log(-1 - x)', 'exp(1e9*x)', 'u_xxxx', 'u_xxxxx = 1', 'u = v', 'pi', 'constructor', '__proto__'],
  ...[[], {}, [0, 0], [1, 0], [[0, 0]], { x: 1 }, { u: 0 }, { u: '1/0' }, { constructor: 1 }],
  { disc: { center: [9, 9], radius: 1 } },
]
const equationWords = [...json, ...words('/0 ( ^ = * u v x u_xx u_xxxxx log sqrt exp disc union mesh cloud')]

/** Equations in JSON: read, checked and made into problems, with their points, solutions and conditions. */
const equationFormat = (folder: string, equations: readonly string[]): Format => ({
  name: 'equation',
  // A shape that is almost empty is searched for points.
  seconds: 10,
  make(random) {
    const whole = oneOf(random, equations)
    if (random(4) === 0) return utf8.encode(damagedText(whole, equationWords, random))
    let equation: unknown = JSON.parse(whole)
    for (let times = 1 + random(2); times > 0; times--)
      equation = damagedRecord(equation, equationValues, equationWords, random)
    return utf8.encode(JSON.stringify(equation))
  },
  async read(bytes) {
    const path = join(folder, 'case-equation.json')
    await writeFile(path, bytes)
    const problem = await readEquation(path)
    problem.points('train')
  },
})

/**
 * Every format that a reader of Spikeward takes.
 *
 * @param root the checkout, whose fixtures are damaged
 * @param folder where files may be written
 */
export async function formatsOf(root: string, folder: string): Promise<readonly Format[]> {
  // NIR files are HDF5 files as well.
  const seeds = await nirSeeds(root, folder)
  const own = (ending: string): string[] => seedsIn(join(root, 'apps/soak/seeds'), ending).map((b) => text.decode(b))
  return [
    ...dataFormats(folder, join(root, 'packages/problems/test/fixtures'), [...seeds.valid, ...seeds.cyclic]),
    ...checkpointFormats(),
    ...runFormats(folder, join(root, 'apps/cli/test/fixtures/runFormat2')),
    expressionFormat,
    meshFormat(own('.msh')),
    equationFormat(folder, own('.equation.json')),
    ...nirFormats(seeds),
  ]
}
