/**
 * Jobs in child processes; Node only.
 *
 * @module processes
 */
export { perform, processes, serveJobs } from './schedule/processes.js'
export type { ProcessesOptions, ProcessScheduler, Tasks } from './schedule/processes.js'
