import { SpikewardError } from '../errors.js'
import { printGiven } from '../options/printGiven.js'
import type { Backend } from './backend.js'

/**
 * Gives a backend that a user gave to `what`.
 *
 * @param what the name of the function that takes the backend, for messages
 * @example
 * checkBackend(referenceBackend(), 'tensor()') // the same backend
 * @throws INVALID_BACKEND if it is none: a name, a Promise of one, a factory
 */
export function checkBackend(backend: Backend, what: string): Backend {
  const given: unknown = backend
  const is = (name: string): boolean => typeof (given as Readonly<Record<string, unknown>>)[name] === 'function'
  if (typeof given === 'object' && given !== null && is('allocate') && is('compile')) return backend
  const found = typeof given === 'function' ? `${printGiven(given)}, and await its result` : printGiven(given)
  throw new SpikewardError(
    'INVALID_BACKEND',
    `${what}: the backend is ${found}; give a backend, such as await cpu() of @spikeward/backend-cpu or referenceBackend()`,
  )
}
