import { spawnSync } from 'node:child_process'

/** Interpreters that may have a package, in the order in which they are tried. */
const interpreters = ['python3', '/usr/bin/python3', '/usr/local/bin/python3', 'python']

/**
 * The environment in which PyTorch is fastest: OpenBLAS chooses its kernels for the machine and uses the requested
 * number of threads, and the allocator keeps large blocks instead of mapping them again at every step.
 *
 * @param instructionSet `avx2` holds PyTorch and OpenBLAS to AVX2, as our backend is
 */
export function pythonEnvironment(
  threads: number,
  instructionSet = process.env['SPIKEWARD_INSTRUCTION_SET'],
): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...rest } = process.env
  return {
    ...rest,
    ...(instructionSet === 'avx2' ? { ATEN_CPU_CAPABILITY: 'avx2', OPENBLAS_CORETYPE: 'Haswell' } : {}),
    OPENBLAS_NUM_THREADS: String(threads),
    OMP_NUM_THREADS: String(threads),
    MKL_NUM_THREADS: String(threads),
    MALLOC_MMAP_THRESHOLD_: '1000000000',
    MALLOC_TRIM_THRESHOLD_: '2000000000',
    MALLOC_TOP_PAD_: '67108864',
  }
}

/**
 * Exits with 1 if a module is missing. It loads none: to load PyTorch takes two seconds, and its peer loads it anyway.
 */
const finder = `
import importlib.util, sys
sys.exit(any(importlib.util.find_spec(name) is None for name in sys.argv[1:]))`

/**
 * The first interpreter that has all of the modules; null if there is none. A module that is there and does not load is
 * reported by the peer that loads it.
 */
export function interpreterWith(modules: readonly string[], env: NodeJS.ProcessEnv): string | null {
  const has = (i: string): boolean => spawnSync(i, ['-c', finder, ...modules], { env, stdio: 'ignore' }).status === 0
  return interpreters.find(has) ?? null
}
