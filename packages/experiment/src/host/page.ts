/** The platform of a page or a Worker: no files, no packages by name, and nothing that outlives the page. */
import { UnavailableError } from '@spikeward/core'
import type { Host } from './host.js'

const refuse = (what: string, instead: string) => (): Promise<never> =>
  Promise.reject(new UnavailableError('NEEDS_NODE', `${what} needs Node, and this is a page; ${instead}`))

export const host: Host = {
  backends: {},
  threads: () => navigator.hardwareConcurrency,
  absolutePath: (path) => path,
  equation: refuse('an equation in a file', 'state it as a problem of @spikeward/problems'),
  conditionsOf: refuse('an equation in a file', 'state it as a problem of @spikeward/problems'),
  equationFrom: refuse('a condition that an equation in a file states', 'load the network in Node'),
  graph: refuse('a network in a file', 'name another network'),
  graphBytes: refuse('a network in a file', 'name another network'),
  load: refuse('a package or a file named by #', 'import it in the page'),
  ownProblem: refuse('a file of data', 'make a problem of the data by @spikeward/problems'),
  digests: () => Promise.resolve({}),
  checkFiles: () => Promise.resolve(),
  cached: (problem) => Promise.resolve(problem),
  choices: () => Promise.resolve({}),
}
