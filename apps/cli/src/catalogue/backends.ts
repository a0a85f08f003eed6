import { cpus } from 'node:os'
import { SpikewardError, referenceBackend } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import { guardBackend } from '../plugins/guardBackend.js'
import { callFactory, loadFactory } from '../plugins/loadFactory.js'
import { isExternal, referenceOf } from '../plugins/reference.js'
import { pick } from '../usage/pick.js'
import type { Catalogue } from './entry.js'

type Make = (options: { readonly threads?: number }) => Backend | Promise<Backend>

/** Loads the package of the native backend, which an installation may lack. */
async function loadNative(): Promise<{ readonly native: Make }> {
  try {
    return await import('@spikeward/backend-native')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new SpikewardError(
      'NATIVE_UNAVAILABLE',
      `@spikeward/backend-native cannot be loaded: ${reason}; install it, or use --backend cpu`,
      { cause },
    )
  }
}

const unavailable: ReadonlySet<string> = new Set(['NATIVE_UNAVAILABLE', 'WEBGPU_UNAVAILABLE', 'NO_ADAPTER'])

/** Whether the error says that a backend is unavailable on this machine, so that the request itself was right. */
export const isUnavailable = (error: unknown): error is SpikewardError =>
  error instanceof SpikewardError && unavailable.has(error.code)

/** Where Programs run. Others are packages of their own: `--backend package#name`. */
export const backends: Catalogue<Make> = {
  cpu: {
    about: 'WebAssembly SIMD, threads where there are any',
    make: async (options) => (await import('@spikeward/backend-cpu')).cpu(options),
  },
  native: {
    about: 'C++ kernels for AVX-512, AVX2 or any processor; where it was compiled or published for the machine',
    make: async (options) => (await loadNative()).native(options),
  },
  webgpu: {
    about: 'WGSL on a GPU, by Dawn; where there is an adapter',
    // A GPU has its own threads.
    make: async () => (await import('@spikeward/backend-webgpu')).webgpu(),
  },
  reference: { about: 'plain JavaScript: slow, the living definition', make: () => referenceBackend() },
}

/** Opens a backend by its name or `package#name`. Null threads: as many as the backend thinks best. */
export async function openBackend(name: string, threads: number | null): Promise<Backend> {
  const options = threads === null ? {} : { threads }
  if (isExternal(name)) {
    const plugin = referenceOf('backend', name)
    return guardBackend(plugin, await callFactory(plugin, await loadFactory(plugin), options))
  }
  return pick('backend', name, backends).make(options)
}

/** The largest number of threads allowed: more than the machine has would only slow it down. */
export const mostThreads = (): number => Math.max(1, cpus().length)
