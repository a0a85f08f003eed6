/**
 * What runs anywhere; Open MPI is in `@spikeward/distributed/mpi`.
 *
 * @module distributed
 */
export { single } from './communicators/single.js'
export { threadGroup, threads } from './communicators/threads.js'
export type { ThreadGroup } from './communicators/threads.js'
export { overRanks } from './ranks/overRanks.js'
export type { OverRanks } from './ranks/overRanks.js'
export type { Cut } from './ranks/partition.js'
