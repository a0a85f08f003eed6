/**
 * Distributed training on any platform; Open MPI is in `@spikeward/distributed/mpi`, child processes in
 * `@spikeward/distributed/processes`.
 *
 * @module distributed
 */
export { delayed, type Link } from './communicators/delayed.js'
export { watched } from './communicators/watched.js'
export { detectLauncher, threadsPerRank, type Launcher } from './launcher/detectLauncher.js'
export { inProcess } from './schedule/inProcess.js'
export { parseShard, shard } from './schedule/shard.js'
export type { Job, Scheduler, Work } from '@spikeward/core'
export { agree, broadcastBytes } from './ranks/agree.js'
export { single, threadGroup, threads, type ThreadGroup } from './communicators/threads.js'
export { overRanks, type OverRanks } from './ranks/overRanks.js'
export { shareOver } from './ranks/shareOver.js'
export { checkShared } from './ranks/measures.js'
export type { Cut } from './ranks/partition.js'
