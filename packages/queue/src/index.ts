/**
 * Jobs on many machines: a queue on a Valkey or Redis server, by BullMQ.
 *
 * @module queue
 */
export { shownAddress, type QueueAddress } from './address.js'
export { queueAddressOf, type QueueAddressOptions } from './queueAddressOf.js'
export type { ConnectSettings } from './connect.js'
export { openQueue, type QueueSettings } from './openQueue.js'
export { startWorker, type QueueWorker, type WorkerEvent, type WorkerSettings } from './startWorker.js'
export { clearQueues, queueStatus, type QueueState, type RunningJob, type ServerState } from './status.js'
export { queueNameOf, type ProgramSource } from './jobData.js'
