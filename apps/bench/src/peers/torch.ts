import { spawnSync } from 'node:child_process'
import { torchStep } from '../paths.js'
import { startPeer } from './peer.js'
import type { Absent, Peer } from './peer.js'

/** Interpreters that may have torch, in the order in which they are tried. */
const interpreters = ['python3', '/usr/bin/python3', '/usr/local/bin/python3', 'python']

/**
 * The environment that shows PyTorch at its best: OpenBLAS chooses its kernels for the machine and takes as many
 * threads as asked for, and the allocator keeps large blocks in place of mapping them anew at every step.
 */
function environment(threads: number): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...rest } = process.env
  return {
    ...rest,
    OPENBLAS_NUM_THREADS: String(threads),
    OMP_NUM_THREADS: String(threads),
    MKL_NUM_THREADS: String(threads),
    MALLOC_MMAP_THRESHOLD_: '1000000000',
    MALLOC_TRIM_THRESHOLD_: '2000000000',
    MALLOC_TOP_PAD_: '67108864',
  }
}

/** Starts PyTorch on the step of a specification, with the first interpreter that has it. */
export async function startTorch(specification: string, threads: number): Promise<Peer | Absent> {
  const env = environment(threads)
  const found = interpreters.find((i) => spawnSync(i, ['-c', 'import torch'], { env, stdio: 'ignore' }).status === 0)
  if (found === undefined) {
    return {
      name: 'torch',
      absent: 'no python3 with torch was found; Debian has python3-torch and libopenblas0-pthread',
    }
  }
  return startPeer({ name: 'torch', command: found, args: [torchStep, specification], env })
}
