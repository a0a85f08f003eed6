/** Everything that a run reads besides its settings. */
import { dirname, isAbsolute, join } from 'node:path'
import { leafOf } from '../../catalogue/make.js'
import { NIR_IN_RUN, isNirNetwork, nirPathOf } from '../../catalogue/kinds/nirNetworks.js'
import type { InputFile, TrainConfig } from '../../config/trainConfig.js'
import { isEquationFile, referenceOf, referencesIn } from '../../plugins/reference.js'

/** The settings in which names of arrays may look like those of plug-ins: `other.npy#other`. */
const ofData: readonly string[] = ['data', 'inputs', 'outputs', 'coords', 'split', 'files']

type Settings = Omit<TrainConfig, 'files'>

/**
 * The files of a run: its data, its equation and what that names, the sources of plug-ins, and the graph of a network from NIR. Each is there
 * once, a file before those that it names.
 */
export async function inputFilesOf(config: Settings): Promise<readonly InputFile[]> {
  const { problem, network } = config
  const { name } = leafOf('problem', problem)
  const files = [
    ...dataFiles(config),
    ...(isEquationFile(name) ? await (await import('../equation/filesOfEquation.js')).filesOfEquation(name) : []),
    ...(isNirNetwork(network) ? [{ name: NIR_IN_RUN, path: nirPathOf(network) }] : []),
  ]
  for (const specifier of pluginsOf(config)) {
    const { pluginFiles } = await import('./pluginFiles.js')
    files.push(...(await pluginFiles(specifier)))
  }
  return [...new Map(files.map((file) => [file.name, file])).values()]
}

function dataFiles({ data, inputs, outputs, coords }: Settings): readonly InputFile[] {
  if (data === null) return []
  const named = [inputs, outputs, coords]
    .flatMap((names) => (names ?? '').split(/[,+@]/))
    .flatMap((name) => (name.includes('#') ? [name.slice(0, name.lastIndexOf('#')).trim()] : []))
    .map((file) => (isAbsolute(file) ? file : join(dirname(data), file)))
  return [data, ...named].map((path) => ({ name: path, path }))
}

/** The plug-ins that settings name. Packages of the library belong to the program, whose version says what they are. */
function pluginsOf(config: Settings): readonly string[] {
  const settings = Object.entries(config).flatMap(([setting, value]) =>
    ofData.includes(setting) ? [] : textsIn(value),
  )
  const specifiers = settings.flatMap(referencesIn).map((text) => referenceOf('plug-in', text).specifier)
  return [...new Set(specifiers)].filter((specifier) => !specifier.startsWith('@spikeward/'))
}

const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : []
