/** The content of what a run reads: recorded when it begins, and the same whenever the run is opened again. */
import { dirname, extname, isAbsolute, join, relative } from 'node:path'
import { leafOf, textsIn } from '../../catalogue/make.js'
import { NIR_IN_RUN, isNirNetwork, nirPathOf } from '../../catalogue/kinds/networks.js'
import type { Digests, InputFile, TrainConfig } from '../../config/trainConfig.js'
import { isEquationFile, isPath, referenceOf, referencesIn } from '../../plugins/reference.js'
import { createHash } from 'node:crypto'
import { createReadStream, realpathSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { sha256Of } from '@spikeward/core/node'
import { isFolder } from '../assembly/data/ownData.js'
import { usageError } from '../../usage/usageError.js'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import { locate } from '../plugins/loadModule.js'

/**
 * SHA-256 of a file as 64 hexadecimal digits; of a folder of shards or a Zarr store, of the names and digests of its
 * files. Null for anything else, and for what cannot be read: the reader of the file says why.
 */
export async function digestOf(path: string): Promise<string | null> {
  try {
    const facts = await stat(path)
    if (facts.isDirectory()) {
      const lines: string[] = []
      for (const name of await dataFilesIn(path)) lines.push(`${name} ${await digestOf(join(path, name))}`)
      return sha256Of([lines.join('\n')])
    }
    if (!facts.isFile()) return null
    const hash = createHash('sha256')
    for await (const part of createReadStream(path)) hash.update(part as Uint8Array)
    return hash.digest('hex')
  } catch {
    return null
  }
}

/** The shards of a folder, whose other files no run reads, or all files of a Zarr store. */
async function dataFilesIn(folder: string): Promise<readonly string[]> {
  if (isFolder(folder)) return (await readdir(folder)).filter((name) => name.endsWith('.npy')).sort()
  const all = await readdir(folder, { recursive: true, withFileTypes: true })
  return all.flatMap((one) => (one.isFile() ? [relative(folder, join(one.parentPath, one.name))] : [])).sort()
}

const digestsOfFiles = async (files: readonly InputFile[]): Promise<Digests> =>
  Object.fromEntries(
    (await Promise.all(files.map(async ({ name, path }) => [name, await digestOf(path)] as const))).flatMap(
      ([name, digest]) => (digest === null ? [] : [[name, digest]]),
    ),
  )

/** The digests of everything that a run reads, as its settings store them. */
export const digestsOf = async (config: Omit<TrainConfig, 'files'>): Promise<Digests> =>
  digestsOfFiles(await inputFilesOf(config))

async function changedFiles(config: TrainConfig): Promise<readonly string[]> {
  const files = (await inputFilesOf(config)).filter(({ name }) => Object.hasOwn(config.files, name))
  const now = await digestsOfFiles(files)
  return files.flatMap(({ name }) => (now[name] === config.files[name] ? [] : [name]))
}

export async function checkFiles(config: TrainConfig): Promise<void> {
  const [changed, ...more] = await changedFiles(config)
  if (changed === undefined) return
  const others = more.length === 0 ? '' : `, and so were ${more.length} more`
  throw usageError(
    'CLI_FILE_CHANGED',
    `${changed} was changed since the run began (its checksum differs)${others}; restore it, or start a new run`,
  )
}

/**
 * A fact that ranks compare: one digest of all files of the settings on this machine, and the files that differ from
 * the settings.
 */
export async function filesFact(config: TrainConfig): Promise<Readonly<Record<string, string>>> {
  const changed = await changedFiles(config)
  const digest = sha256Of([JSON.stringify(await digestsOf(config))]).slice(0, 16)
  return { files: changed.length === 0 ? digest : `${digest} (another ${changed.join(', another ')})` }
}

/** The settings in which names of arrays may look like those of plug-ins: `other.npy#other`. */
const ofData: readonly string[] = ['data', 'inputs', 'outputs', 'coords', 'split', 'categories', 'files']

type Settings = Omit<TrainConfig, 'files'>

/**
 * The files of a run: its data, its equation and the files that it names, the sources of plug-ins, and the graph of a
 * network from NIR. Each is there once, a file before those that it names.
 */
export async function inputFilesOf(config: Settings): Promise<readonly InputFile[]> {
  const { problem, network } = config
  const { name } = leafOf('problem', problem)
  const files = [
    ...dataFiles(config),
    ...(isEquationFile(name) ? await (await import('../equation/readEquation.js')).filesOfEquation(name) : []),
    ...(isNirNetwork(network) ? [{ name: NIR_IN_RUN, path: nirPathOf(network) }] : []),
  ]
  for (const specifier of pluginsOf(config)) files.push(...(await pluginFiles(specifier)))
  return [...new Map(files.map((file) => [file.name, file])).values()]
}

function dataFiles({ data, inputs, outputs, coords }: Settings): readonly InputFile[] {
  if (data === null) return []
  const otherFiles = [inputs, outputs, coords]
    .flatMap((names) => (names ?? '').split(/[,+@]/))
    .flatMap((name) => (name.includes('#') ? [name.slice(0, name.lastIndexOf('#')).trim()] : []))
    .map((file) => (isAbsolute(file) ? file : join(dirname(data), file)))
  return [data, ...otherFiles].map((path) => ({ name: path, path }))
}

/** The plug-ins that settings name. Packages of the library belong to the program, whose version says what they are. */
function pluginsOf(config: Readonly<Record<string, unknown>>): readonly string[] {
  const settings = Object.entries(config).flatMap(([setting, value]) =>
    ofData.includes(setting) ? [] : textsIn(value),
  )
  const specifiers = settings.flatMap(referencesIn).map((text) => referenceOf('plug-in', text).specifier)
  return [...new Set(specifiers)].filter((specifier) => !specifier.startsWith('@spikeward/'))
}

/** The digests of the plug-ins that settings name. */
export const pluginDigests = async (settings: Readonly<Record<string, unknown>>): Promise<Digests> =>
  digestsOfFiles((await Promise.all(pluginsOf(settings).map(pluginFiles))).flat())

const modules: readonly string[] = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json']

const otherKinds: Plugin = {
  name: 'other kinds',
  setup(build) {
    build.onLoad({ filter: /./ }, ({ path }) =>
      modules.includes(extname(path)) ? undefined : { contents: '', loader: 'empty' },
    )
  },
}

/**
 * The sources of a plug-in: its file, or the entry of its package, and all that these import by a path. Packages that
 * it imports, and files that it opens while it runs, are not among them.
 */
export async function pluginFiles(specifier: string): Promise<readonly InputFile[]> {
  const url = locate(specifier, process.cwd())
  if (url === null) return []
  const entry = realpathSync(fileURLToPath(url))
  const home = dirname(entry)
  const { build } = await import('esbuild')
  const inputs = await build({
    entryPoints: [entry],
    absWorkingDir: home,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
    plugins: [otherKinds],
  }).then(
    ({ metafile }) => Object.keys(metafile.inputs),
    // Loading it fails in the same way, and says why.
    () => [],
  )
  const place = isPath(specifier) ? dirname(specifier) : specifier
  const paths = new Set([entry, ...inputs.map((input) => join(home, input))])
  return [...paths].map((path) => ({ name: join(place, relative(home, path)), path }))
}
