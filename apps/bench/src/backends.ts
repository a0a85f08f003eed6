import { type Backend, SpikewardError, construct, onlyDeclared } from '@spikeward/core'
import { type Factories, factories } from '@spikeward/experiment'

const backends: Factories = factories.backend

export const backendNames: readonly string[] = Object.keys(backends)

/** Instruction sets that benchmarks compare. */
export const instructionSets = ['avx2', 'avx512'] as const

export type InstructionSet = (typeof instructionSets)[number]

const choosesInstructions = (name: string): boolean =>
  Object.hasOwn(backends[name]?.declaration.options ?? {}, 'instructionSet')

/** The instruction set for a backend of a comparison: none for one that has no choice, such as WebAssembly. */
export const instructionSetFor = <T extends string>(name: string, instructionSet: T | undefined): T | undefined =>
  choosesInstructions(name) ? instructionSet : undefined

/**
 * Opens a backend with `threads` threads; a GPU has its own.
 *
 * @throws BENCH_USAGE for an instruction set of a backend that has no choice; the errors of the backend
 */
export async function openBackend(name: string, threads: number, instructionSet?: string): Promise<Backend> {
  const factory = backends[name]
  if (factory === undefined) throw new Error(`no backend is called ${name}; there are ${backendNames.join(', ')}`)
  if (instructionSet !== undefined && !choosesInstructions(name))
    throw new SpikewardError(
      'BENCH_USAGE',
      `--instruction-set ${instructionSet} applies to the backend ${backendNames.filter(choosesInstructions).join(' or ')}, not to ${name}; take such a backend, or leave it out`,
    )
  const settings: Readonly<Record<string, unknown>> = {
    threads,
    // jax-js and TensorFlow.js request the same, so that all get the same adapter.
    powerPreference: 'high-performance',
    ...(instructionSet === undefined ? {} : { instructionSet }),
  }
  // Every factory of this kind gives back a backend.
  return (await construct(factory, onlyDeclared(factory, settings))) as Backend
}

/**
 * The name of the device that runs the programs of a backend: the adapter of a GPU, else the instruction sets in use.
 */
export const deviceOf = (backend: Backend): string =>
  'adapter' in backend && typeof backend.adapter === 'string'
    ? backend.adapter
    : backend.capabilities.features.join(', ')
