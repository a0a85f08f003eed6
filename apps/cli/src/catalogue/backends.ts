import { cpus } from 'node:os'
import { referenceBackend } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import { isExternal, loadExternal } from '../external.js'
import { pick } from '../usage.js'
import type { Catalogue } from './entry.js'

type Make = (options: { readonly threads?: number }) => Backend | Promise<Backend>

/** Where Programs run. Others are packages of their own: `--backend package#name`. */
export const backends: Catalogue<Make> = {
  cpu: {
    about: 'WebAssembly SIMD, threads where there are any',
    make: async (options) => (await import('@spikeward/backend-cpu')).cpu(options),
  },
  reference: { about: 'plain JavaScript: slow, the living definition', make: () => referenceBackend() },
}

const isBackend = (value: unknown): value is Backend =>
  typeof value === 'object' && value !== null && 'compile' in value && 'allocate' in value && 'capabilities' in value

/** Opens a backend by its name or `package#name`. Null threads: as many as the backend thinks best. */
export async function openBackend(name: string, threads: number | null): Promise<Backend> {
  const options = threads === null ? {} : { threads }
  if (isExternal(name)) return loadExternal('backend', name, options, isBackend)
  return pick('backend', name, backends).make(options)
}

/** Most threads that may be asked for: more than the machine has only make it slower. */
export const mostThreads = (): number => Math.max(1, cpus().length)
