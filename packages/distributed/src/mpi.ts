/**
 * Ranks of an MPI job, in Node.
 *
 * @module mpi
 */
export { mpi, type MpiOptions } from './mpi/mpi.js'
