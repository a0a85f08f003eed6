import { readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SpikewardError, isRecord } from '@spikeward/core'
import { sha256Of } from '@spikeward/core/node'
import { parseFormula, readConfig, toRecord } from '@spikeward/experiment'
import { readEquation } from '@spikeward/experiment/node'
import { triangleMesh } from '@spikeward/problems'
import { type DataFile, type Hdf5Thread, type NdArray, hdf5Thread, openDataFile } from '@spikeward/problems/node'
import { decodeCheckpoint, decodeSafetensors } from '@spikeward/train'
import { openRun } from '@spikeward/train/node'
import { isHdf5 } from '../../../../packages/problems/src/node/files/hdf5File.js'
import { dataFileIn } from '../../../../packages/problems/src/node/files/openDataFile.js'
import { meshIn } from '../../../../packages/problems/src/node/readMesh.js'
import type { Random } from '../randomOf.js'
import { damagedRecord, damagedText, oneOf } from './damage.js'
import { type Format, type Row, Accepted, binary, checkingTheNext, seedsIn } from './format.js'
import { nirFormats, nirSeeds } from './nir.js'

const utf8 = new TextEncoder()
const text = new TextDecoder()

/** Words that often break a parser of any kind, and those of one: each ends at a blank. */
const words = (list: string): readonly string[] => [...list.split(' '), '\n', ' ', '\uFEFF', '1e999', '-', '""']
const json = words('{ } [ ] " : , null true \\u0000 "x" 0 -1 1e-300 1e300 0.5 __proto__ constructor')

type TextRow = Row & {
  readonly seeds: readonly string[]
  /** Tokens in the place of others. */
  readonly odd: readonly string[]
  /** Values in the place of others, if the texts are JSON. */
  readonly values?: readonly unknown[]
}

/** A format of texts, of which tokens are damaged, and of JSON mostly values. */
const textual = ({ seeds, odd, values, read, ...row }: TextRow): Format => ({
  ...row,
  make(random) {
    const whole = oneOf(random, seeds)
    if (values === undefined || random(4) === 0) return utf8.encode(damagedText(whole, odd, random))
    let record: unknown = JSON.parse(whole)
    for (let times = 1 + random(3); times > 0; times--) record = damagedRecord(record, values, odd, random)
    return utf8.encode(JSON.stringify(record))
  },
  read: async (bytes) => void (await read(bytes)),
})

/** An HDF5 file as MATLAB writes it: behind a block of 512 bytes that names the format. */
function withMatlabHead(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(512 + bytes.length)
  whole.set(utf8.encode('MATLAB 7.3 MAT-file, Platform: GLNXA64'))
  whole.set(bytes, 512)
  return whole
}

/**
 * The number of files that one thread of the HDF5 library reads before it is replaced: starting one takes ten times as
 * long as a file.
 */
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

/** Formats whose readers take a file of arrays by its path. */
function dataFormats(folder: string, fixtures: string, graphs: readonly Uint8Array[], tables: string[]): Format[] {
  const readHdf5 = hdf5Reader()
  // Bytes need no file, unless the HDF5 library may read them.
  const reading =
    (ending: string) =>
    async (bytes: Uint8Array): Promise<readonly NdArray[]> => {
      const path = join(folder, `case.${ending}`)
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
  const hdf5 = (name: string, ending: string, seeds: readonly Uint8Array[]): Format => {
    const read = reading(ending)
    return checkingTheNext(binary({ name, hdf5: true, seconds: 30, seeds, read }), () => read(seeds[0]!))
  }
  return [
    ...['npy', 'npz', 'mat'].map((name) =>
      binary({ name, seconds: 5, seeds: seedsIn(fixtures, `.${name}`), read: reading(name) }),
    ),
    hdf5('h5', 'h5', graphs),
    hdf5('mat 7.3', 'mat', graphs.map(withMatlabHead)),
    textual({
      ...{ name: 'csv', seconds: 5, seeds: tables, odd: words(', ; \t " \r # nan inf 0x10 _ :') },
      read: reading('csv'),
    }),
  ]
}

/** Checkpoints: altered ones must be refused; those with a recomputed checksum test everything behind it. */
function checkpointFormats(seeds: readonly Uint8Array[]): Format[] {
  const altered = binary({
    ...{ name: 'checkpoint', seconds: 2, seeds },
    read(bytes) {
      decodeCheckpoint(bytes)
      if (Buffer.compare(bytes, seeds[0]!) !== 0) throw new Accepted('an altered checkpoint was read')
    },
  })
  const at = 8 + '{"__metadata__":{"sha256":"'.length
  /** The file with the checksum that its content has. */
  const summed = (random: Random): Uint8Array => {
    const bytes = altered.make(random)
    if (bytes.length < at + 64) return bytes
    bytes.fill(0x30, at, at + 64)
    bytes.set(utf8.encode(sha256Of([bytes])), at)
    return bytes
  }
  const resealed = { 'checkpoint with a fitting checksum': decodeCheckpoint, safetensors: decodeSafetensors }
  return [
    altered,
    ...Object.entries(resealed).map(([name, read]) => ({ ...binary({ name, seconds: 2, seeds, read }), make: summed })),
  ]
}

/** A run's settings, and its folder. */
function runFormats(folder: string, run: string): Format[] {
  const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8')) as Readonly<Record<string, unknown>>
  const metrics = '{"type":"metrics","step":1,"loss":0.5}\n{"type":"validation","step":2,"relativeL2":0.25}\n'
  const settings = JSON.stringify(toRecord(readConfig(config, 'config.json')), null, 2)
  const place = join(folder, 'run')
  return [
    textual({
      ...{ name: 'settings of a run', seconds: 2, seeds: [settings], odd: json },
      values: [null, true, '', 'x', -1, 0, 0.5, 2 ** 31, 1e308, [], {}, [1, [2]], '__proto__', 3],
      async read(bytes) {
        // The reader of a run's folder refuses what is no record.
        const record: unknown = await new Response(new Uint8Array(bytes)).json().catch(() => null)
        if (isRecord(record)) readConfig(record, 'config.json')
      },
    }),
    textual({
      ...{ name: 'run folder', seconds: 5, seeds: [metrics, settings], odd: json },
      async read(bytes) {
        await rm(place, { recursive: true, force: true })
        await mkdir(place)
        await writeFile(join(place, 'config.json'), bytes[0] === 0x7b && bytes[1] === 0x0a ? bytes : '{}')
        for (const name of ['metrics.jsonl', 'summary.json']) await writeFile(join(place, name), bytes)
        const opened = await openRun(place)
        const endings = await Promise.allSettled([opened.metrics(), opened.summary(), opened.checkpoint()])
        const errors = endings.flatMap((e): unknown[] => (e.status === 'rejected' ? [e.reason] : []))
        const bare = errors.find((error) => !(error instanceof SpikewardError))
        if (errors.length > 0) throw bare ?? errors[0]
      },
    }),
  ]
}

/** Values in the place of others in an equation. */
const equationValues: readonly unknown[] = [
  ...[null, true, 0, -1, 0.5, 3, 1e-300, 1e300, 2 ** 20, 2 ** 24, 2 ** 31, '', 'x', 'u', 'y'],
  ...['1/0', '0/0', 'log(-1 - x)', 'exp(1e9*x)', 'u_xxxx', 'u_xxxxx = 1', 'u = v', 'pi', 'constructor', '__proto__'],
  ...[[], {}, [0, 0], [1, 0], [[0, 0]], { x: 1 }, { u: 0 }, { u: '1/0' }, { constructor: 1 }],
  { disc: { center: [9, 9], radius: 1 } },
]

/** Expressions, Gmsh files whose triangles become a shape, and equations that become problems with their points. */
const formulaFormats = (folder: string, seeds: (ending: string) => string[]): Format[] => [
  textual({
    ...{ name: 'expression', seconds: 2, odd: words('( ) + * / ^ ** , sin max x pi 1e400 . 1. y $ é') },
    seeds: ['sin(pi*x) + 0.5*x^2', 'max(x, 1, -x)*e', '-(-x)^-2/3', 'sqrt(abs(x)) - log(1 + x**2)'],
    read(bytes) {
      try {
        parseFormula(text.decode(bytes), ['x'])({ x: 0.5 })
      } catch (error) {
        if (error instanceof Error && error.message.length > 500)
          throw new Accepted(`an error of ${error.message.length} characters`)
        throw error
      }
    },
  }),
  textual({
    ...{ name: 'mesh', seconds: 2, seeds: seeds('.msh') },
    odd: words('$ $Nodes\n $Elements\n . e 1e300 1e-300 nan Infinity 0x10 2 4.1'),
    read: (bytes) => triangleMesh(meshIn(text.decode(bytes), 'case.msh')),
  }),
  textual({
    // A shape that is almost empty is searched for points.
    ...{ name: 'equation', seconds: 10, seeds: seeds('.equation.json'), values: equationValues },
    odd: [...json, ...words('/0 ( ^ = * u v x u_xx u_xxxxx log sqrt exp disc union mesh cloud')],
    async read(bytes) {
      const path = join(folder, 'case-equation.json')
      await writeFile(path, bytes)
      const problem = await readEquation(path)
      problem.points('train')
    },
  }),
]

/**
 * Every format that a reader of Spikeward takes.
 *
 * @param root the checkout, whose fixtures are damaged
 * @param folder where files may be written
 */
export function formatsOf(root: string, folder: string): readonly Format[] {
  // NIR files are HDF5 files as well.
  const nir = nirSeeds(root)
  const own = (ending: string): Uint8Array[] => seedsIn(join(root, 'apps/soak/seeds'), ending)
  const texts = (ending: string): string[] => own(ending).map((bytes) => text.decode(bytes))
  const fixtures = join(root, 'packages/problems/test/fixtures')
  return [
    ...dataFormats(folder, fixtures, [...nir.valid, ...nir.cyclic], texts('.csv')),
    ...checkpointFormats(own('.safetensors')),
    ...runFormats(folder, join(root, 'apps/cli/test/fixtures/runFormat2')),
    ...formulaFormats(folder, texts),
    ...nirFormats(nir),
  ]
}
