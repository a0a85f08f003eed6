/** Open MPI in a process of Node, whose threads allocate memory and whose WebAssembly relies on a signal handler. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { mpi } from '../src/mpi.js'
import { bundleRank, inPackage, whyNoMpi } from './ranks.js'

const reason = process.platform === 'linux' ? whyNoMpi() : 'only Linux shows which pages of a library were written'
const program = reason === null ? await bundleRank('loadedRank') : ''

afterEach(() => void vi.unstubAllEnvs())

afterAll(() => {
  if (program !== '') rmSync(dirname(program), { recursive: true, force: true })
})

/** Runs the process alone, as the only rank of its job. */
function run(): ReturnType<typeof spawnSync> {
  const { UCX_MEM_EVENTS: _, UCX_HANDLE_ERRORS: __, ...environment } = process.env
  return spawnSync(process.execPath, [program], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...environment, OMPI_MCA_btl: 'self,sm', SPIKEWARD_MPI: inPackage('build/mpi.node') },
  })
}

test('loading Open MPI leaves the code of the C library and the traps of WebAssembly as they are', (context) => {
  if (reason !== null) context.skip(reason)
  const { status, stdout, stderr } = run()
  expect([status, stderr]).toEqual([0, ''])
  const { hasUcx, ...found } = JSON.parse(stdout as string) as { readonly hasUcx: boolean }
  if (!hasUcx) context.skip('this Open MPI does not load UCX (libucs.so), which would change the C library')
  expect(found).toEqual({ before: 0, after: 0, trap: 'RuntimeError' })
})

test('without the binding, the error says what to install', () => {
  vi.stubEnv('SPIKEWARD_MPI', '/nowhere/mpi.node')
  expect(() => mpi()).toThrow(/nowhere.*apt-get install openmpi-bin .*\[MPI_UNAVAILABLE\]/)
})
