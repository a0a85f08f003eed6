import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { UnavailableError, type TypedArray } from '@spikeward/core/backend'
import { findAddon } from '@spikeward/core/node'
import type { ProductTraits } from './tileRows.js'

/**
 * The interface of the addon's `NativeBackend` (native/addon.cpp). Buffers and executables are numbers. Errors carry a
 * `code`.
 */
export interface NativeBackend {
  describe(): { readonly instructionSet: InstructionSet; readonly threads: number }
  allocate(bytes: number): number
  free(buffer: number): void
  write(buffer: number, from: TypedArray): void
  read(buffer: number, to: TypedArray): void
  compile(blob: Float64Array): {
    readonly id: number
    /** Bytes of the workspace and of the scratch memory of all threads, which executables share. */
    readonly workspaceBytes: number
    readonly work: number
    readonly source: string
  }
  /** How a product, as written by `encodeProduct`, would be computed. */
  product(blob: Float64Array): ProductTraits
  /** Inputs, then outputs. */
  run(executable: number, buffers: Float64Array): void
  /** The same on another thread; every other call waits for it. `done` resolves to whether the run completed. */
  runAsync(executable: number, buffers: Float64Array): { readonly done: Promise<boolean>; abort(): void }
  disposeExecutable(executable: number): void
  /**
   * Turns the timing of steps on or off; returns the description of the executable, whose lines end with the times so
   * far.
   */
  profile(executable: number, on: boolean): string
  /** The highest rates of operations and bytes per second, each measured for this number of seconds. */
  measurePeaks(seconds: number): { readonly flops: number; readonly bytes: number }
  dispose(): void
}

/** Instruction sets that kernels are compiled for, best first. */
export const instructionSets = ['avx512', 'avx2', 'neon', 'portable'] as const
/**
 * An instruction set that kernels are compiled for: `avx512` and `avx2` (both with FMA) on x86-64, `neon` on 64-bit
 * Arm, `portable` everywhere.
 */
export type InstructionSet = (typeof instructionSets)[number]

/** The types that operands of large products are rounded to. */
export const operandTypes = ['f32', 'bf16', 'int8'] as const
export type Operands = (typeof operandTypes)[number]

/** The exports of the addon. */
export interface Addon {
  readonly NativeBackend: new (
    threads: number,
    instructionSet: InstructionSet | 'auto',
    operands?: Operands,
  ) => NativeBackend
  /** The instruction sets of this processor, best first. */
  readonly instructionSets: readonly InstructionSet[]
  /** Whether the system lets this process run code that it generates; otherwise rows are interpreted. */
  readonly runsMachineCode: boolean
  readonly version: number
}

/** The addon, and the file that it came from. */
export type LoadedAddon = Addon & { readonly path: string }

/** The version of the addon's interface that this package uses. */
const INTERFACE = 5

const root = new URL('../', import.meta.url)

/** The package with the published addon of this platform. */
const addonPackage = `@spikeward/backend-native-${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`

/** The file in that package; none where npm did not install it. */
function published(): string[] {
  try {
    return [createRequire(import.meta.url).resolve(`${addonPackage}/spikeward.node`)]
  } catch {
    return []
  }
}

/**
 * Where an addon is searched for: only the file that `SPIKEWARD_NATIVE` names or, if that is not set, the addon
 * compiled here and then the published one.
 */
const places = (): string[] =>
  process.env['SPIKEWARD_NATIVE']
    ? [process.env['SPIKEWARD_NATIVE']]
    : [fileURLToPath(new URL('build/spikeward.node', root)), ...published()]

/**
 * Loads the addon.
 *
 * @throws NATIVE_UNAVAILABLE if no addon exists for this platform or it cannot be loaded; the message gives the reason.
 */
export function loadAddon(): LoadedAddon {
  const path = process.env['SPIKEWARD_NATIVE']
  const file = findAddon<Addon>({
    paths: places(),
    version: INTERFACE,
    outcomes: path ? [] : [fileURLToPath(new URL('build/outcome.txt', root))],
    never: path
      ? `SPIKEWARD_NATIVE names ${path}, and there is no such file`
      : `${addonPackage} is not installed, and no addon was compiled`,
  })
  if ('addon' in file) return { ...file.addon, path: file.path }
  throw new UnavailableError(
    'NATIVE_UNAVAILABLE',
    `the native backend cannot be used on this ${process.platform}-${process.arch} machine: ${file.reasons.join('; ')}; ` +
      'install g++ and run scripts/build-native.mjs of @spikeward/backend-native, or use @spikeward/backend-cpu',
  )
}
