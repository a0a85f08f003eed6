import { webgpu } from '../../src/index.js'
import { eventsOf, lossesOf, shortRun } from './training.js'

/** The message of the worker to the page. */
export interface Report {
  readonly losses: readonly number[]
}

const backend = await webgpu()
const losses = lossesOf(await eventsOf(shortRun(backend)))
await backend[Symbol.asyncDispose]()
globalThis.postMessage({ losses } satisfies Report)
