/**
 * Ranks of an MPI job, in Node.
 *
 * @module mpi
 */
export { mpi } from './mpi/mpi.js'
export type { MpiOptions } from './mpi/mpi.js'
