/**
 * Jobs on many machines: a queue on a Valkey or Redis server, by BullMQ.
 *
 * @module queue
 */
export { shownAddress } from './address.js'
export type { QueueAddress } from './address.js'
export { queueAddressOf } from './queueAddressOf.js'
export type { QueueAddressOptions } from './queueAddressOf.js'
export type { ConnectSettings } from './connect.js'
export { openQueue } from './openQueue.js'
export type { QueueSettings } from './openQueue.js'
export { startWorker } from './startWorker.js'
export type { QueueWorker, WorkerEvent, WorkerSettings } from './startWorker.js'
export { clearQueues, queueStatus } from './status.js'
export type { QueueState, RunningJob, ServerState } from './status.js'
export { queueNameOf } from './jobData.js'
export type { ProgramSource } from './jobData.js'
