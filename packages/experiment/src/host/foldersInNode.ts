/** Run folders in Node. */
import type { RunFolders } from '../train/trainedRun.js'

export const folders: RunFolders = {
  save: async (path, run) => (await import('../node/run/openFinished.js')).saveRun(path, run),
  load: async (path) => (await import('../node/run/openFinished.js')).loadRun(path),
  source: async (path) => (await import('../node/run/openFinished.js')).readSource(path),
}
