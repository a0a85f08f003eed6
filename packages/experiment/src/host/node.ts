/** The platform of Node. Readers are loaded when a run needs them. */
import { cpus } from 'node:os'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { reading } from '@spikeward/core/node'
import * as native from '@spikeward/backend-native'
import description from '../../package.json' with { type: 'json' }
import type { Host } from './host.js'

export const host: Host = {
  backends: native,
  threads: () => cpus().length,
  absolutePath: (path) => resolve(path),
  equation: async (path) => (await import('../node/equation/readEquation.js')).readEquation(path),
  conditionsOf: async (path, problem) =>
    (await import('../node/equation/readEquation.js')).conditionsOfEquation(path, problem),
  equationFrom: async (stated) =>
    (await import('../node/equation/readEquation.js')).equationFrom(stated, 'the checkpoint'),
  graph: async (path) => (await import('@spikeward/nir/node')).readNirFile(path),
  graphBytes: (path) => reading(path, () => readFile(path)),
  load: async (reference, folder = process.cwd()) =>
    (await import('../node/plugins/loadModule.js')).loadModule(reference, folder),
  ownProblem: async (own, settings, what) =>
    (await import('../node/assembly/data/ownData.js')).ownProblem(own, settings, what),
  digests: async (settings) => (await import('../node/inputs/digests.js')).digestsOf(settings),
  checkFiles: async (settings) => (await import('../node/inputs/digests.js')).checkFiles(settings),
  cached: async (problem, onDamaged) => (await import('@spikeward/problems/node')).cachedData(problem, { onDamaged }),
  choices: async () => ({
    memory: (await import('@spikeward/backend-auto/node')).fileMemory(),
    // All packages of the library have one version.
    version: description.version,
  }),
}
