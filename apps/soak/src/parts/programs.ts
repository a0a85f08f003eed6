import { cpu } from '@spikeward/backend-cpu'
import { type InstructionSet, native } from '@spikeward/backend-native'
import { webgpu } from '@spikeward/backend-webgpu'
import type { Backend } from '@spikeward/core'
import { type BackendOptions, type BackendUnderTest, backendChecks, backendUnderTest } from '@spikeward/testkit'
import { mix } from '../randomOf.js'
import { type Finding, type Outcome, type Part, isAbsent } from './part.js'

/** A backend under test. */
type Candidate = { readonly name: string; readonly options?: BackendOptions; make(): Promise<Backend> }

const nativeWith = (instructionSet: InstructionSet, threads: number): Candidate => ({
  name: `native ${instructionSet}${threads > 1 ? `, ${threads} threads` : ''}`,
  make: () => native({ instructionSet, threads }),
})

export const processors: readonly Candidate[] = [
  { name: 'cpu (WebAssembly)', make: () => cpu({ threads: 1 }) },
  nativeWith('avx512', 2),
  nativeWith('avx2', 1),
  nativeWith('portable', 1),
]

export const graphics: readonly Candidate[] = [{ name: 'webgpu', options: { contraction: true }, make: () => webgpu() }]

/** The backends that this machine can run. */
export async function availableOf(candidates: readonly Candidate[]): Promise<BackendUnderTest[]> {
  const available: BackendUnderTest[] = []
  for (const { name, make, options } of candidates) {
    try {
      available.push(await backendUnderTest(name, make, options))
    } catch (error) {
      if (!isAbsent(error)) throw error
    }
  }
  return available
}

/** Every backend of this machine, by its name. */
export async function everyBackend(): Promise<{ readonly name: string; readonly backend: Backend }[]> {
  const available = await availableOf([...processors, ...graphics])
  return [...available, ...available.slice(0, 1).map(({ reference }) => ({ name: 'reference', backend: reference }))]
}

/** The contract's random kernels and whole programs. */
export const generated = backendChecks().filter(({ group }) => group.startsWith('generated'))

/** The number of programs of each kind per round: single kernels compile in a tenth of the time of whole programs. */
type Runs = { readonly kernels: number; readonly whole: number }

/** Random programs, the same on every backend, compared with the reference. */
export async function compareRound(
  available: readonly BackendUnderTest[],
  key: number,
  { kernels, whole }: Runs,
): Promise<Outcome> {
  const counts: Record<string, number> = {}
  const findings: Finding[] = []
  let most = 0
  for (const tested of available) {
    let tries = 0
    for (const check of generated) {
      if (check.skip?.(tested)) continue
      const runs = check.group === 'generated kernels' ? kernels : whole
      tries += runs
      counts[tested.name] = (counts[tested.name] ?? 0) + runs
      try {
        await check.run({ ...tested, runs, key })
      } catch (error) {
        const what = error instanceof Error ? error.message.slice(0, 2000) : String(error)
        findings.push({ what, how: { backend: tested.name, group: check.group, check: check.name, key, runs } })
      }
    }
    most = Math.max(most, tries)
  }
  return { tries: most, found: findings, counts }
}

function programsPart(part: Omit<Part, 'open'>, candidates: readonly Candidate[], runs: Runs): Part {
  return {
    ...part,
    async open({ key }) {
      const available = await availableOf(candidates)
      if (available.length === 0) return `this machine has none of: ${candidates.map((c) => c.name).join(', ')}`
      return {
        round: (index) => compareRound(available, mix(key, index) & 0x7fffffff, runs),
        async close() {
          for (const { backend, reference } of available)
            for (const one of [backend, reference]) await one[Symbol.asyncDispose]()
        },
      }
    },
  }
}

/** Programs on every backend of the processor, each against the reference. */
export const programs = programsPart(
  { name: 'programs', unit: 'random programs, each on every backend of the processor', target: 100_000 },
  processors,
  { kernels: 8, whole: 2 },
)

/** Programs on WebGPU, where compiling a shader takes most of the time. */
export const webgpuPrograms = programsPart(
  { name: 'webgpuPrograms', unit: 'random programs on WebGPU', target: 1000 },
  graphics,
  { kernels: 2, whole: 2 },
)
