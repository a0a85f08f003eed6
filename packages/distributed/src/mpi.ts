/**
 * Ranks of an MPI job, in Node.
 *
 * @module distributed/mpi
 */
export { mpi } from './mpi/mpi.js'
export type { MpiOptions } from './mpi/mpi.js'
