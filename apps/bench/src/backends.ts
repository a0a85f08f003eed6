import { construct, declaredIn, referenceBackend } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import * as cpuPackage from '@spikeward/backend-cpu'
import * as nativePackage from '@spikeward/backend-native'
import * as webgpuPackage from '@spikeward/backend-webgpu'

/** The backends that can be timed, by name: all that their packages declare. */
const backends = Object.fromEntries(
  Object.values(declaredIn({ ...cpuPackage, ...nativePackage, ...webgpuPackage, referenceBackend }, 'backend')).map(
    (factory) => [factory.declaration.aliases[0] ?? factory.declaration.name, factory],
  ),
)

/** Names of the backends that can be timed. */
export const backendNames: readonly string[] = Object.keys(backends)

/** Opens a backend with `threads` threads; a GPU has its own. `instructionSet` applies to a backend that has a choice. */
export async function openBackend(name: string, threads: number, instructionSet?: string): Promise<Backend> {
  const factory = backends[name]
  if (factory === undefined) throw new Error(`no backend is called ${name}; there are ${backendNames.join(', ')}`)
  const settings: Readonly<Record<string, unknown>> = {
    threads,
    // jax-js and TensorFlow.js request the same, so that all get the same adapter.
    powerPreference: 'high-performance',
    ...(instructionSet === undefined ? {} : { instructionSet }),
  }
  const taken = Object.entries(settings).filter(([option]) => Object.hasOwn(factory.declaration.options, option))
  // Every factory of this kind gives back a backend.
  return (await construct(factory, Object.fromEntries(taken))) as Backend
}

/**
 * The name of the device that runs the programs of a backend: the adapter of a GPU, else the instruction sets in use.
 */
export const deviceOf = (backend: Backend): string =>
  'adapter' in backend && typeof backend.adapter === 'string'
    ? backend.adapter
    : backend.capabilities.features.join(', ')
