/** Programs and libraries that tests need and npm does not bring, with Debian's package for each. */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/**
 * The one list of them, and how each is seen to be there.
 *
 * @type {readonly { readonly there: () => boolean, readonly debian: string, readonly reason: string }[]}
 */
const needed = [
  { there: () => find('chromium') !== undefined, debian: 'chromium', reason: 'browser tests run in a real Chromium' },
  { there: () => find('g++') !== undefined, debian: 'g++', reason: 'the native backend is compiled' },
  {
    there: () => find('aarch64-linux-gnu-g++') !== undefined,
    debian: 'g++-aarch64-linux-gnu',
    reason: 'the native backend is compiled for Arm',
  },
  {
    there: () => find('qemu-aarch64') !== undefined,
    debian: 'qemu-user',
    reason: 'the native backend for Arm runs on an emulated processor',
  },
  {
    there: () =>
      listed('/usr/lib').some(
        (folder) => folder.includes('linux') && existsSync(join('/usr/lib', folder, 'libvulkan.so.1')),
      ),
    debian: 'libvulkan1',
    reason: 'the webgpu backend finds its adapters by Vulkan',
  },
  {
    there: () => listed('/usr/share/vulkan/icd.d').some((file) => file.startsWith('lvp_icd')),
    debian: 'mesa-vulkan-drivers',
    reason: 'the webgpu backend is tested on a software renderer if there is no GPU',
  },
  {
    there: () => find('mpirun') !== undefined,
    debian: 'openmpi-bin',
    reason: 'training over ranks is tested by mpirun',
  },
  {
    there: () => listed('/usr/lib').some((folder) => existsSync(join('/usr/lib', folder, 'pkgconfig', 'ompi-c.pc'))),
    debian: 'libopenmpi-dev',
    reason: 'the binding to Open MPI is compiled',
  },
  {
    there: () => find('valkey-server') !== undefined,
    debian: 'valkey-server',
    reason: 'the queue of searches and comparisons is tested on a server',
  },
  {
    there: () => find('openssl') !== undefined,
    debian: 'openssl',
    reason: 'certificates for the test of an encrypted queue are made by it',
  },
  {
    there: () => existsSync('/usr/lib/python3/dist-packages/numpy'),
    debian: 'python3-numpy',
    reason: 'networks exported to Python are run',
  },
  {
    there: () => existsSync('/usr/lib/python3/dist-packages/onnx'),
    debian: 'python3-onnx',
    reason: 'networks exported to ONNX are checked',
  },
  { there: () => find('pkg-config') !== undefined, debian: 'pkg-config', reason: 'it finds Open MPI' },
]

/**
 * @param {string} folder
 * @returns {string[]} its entries; empty if it does not exist
 */
const listed = (folder) => (existsSync(folder) ? readdirSync(folder) : [])

/**
 * @param {string} program
 * @returns {string | undefined} its path, if it is installed
 */
export function find(program) {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .concat('/usr/bin')
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path))
}

/**
 * @param {string} module such as `numpy`
 * @returns {string | undefined} Debian's Python, or the first one, if it has the module
 */
export const pythonWith = (module) =>
  ['/usr/bin/python3', 'python3'].find((name) => spawnSync(name, ['-c', `import ${module}`]).status === 0)

/**
 * Installs what is absent. A failure is reported, and the tests that need the program report it too.
 *
 * @returns {Promise<boolean>} whether everything is there
 */
export async function installMissing() {
  const missing = needed.filter(({ there }) => !there())
  if (missing.length === 0) return true
  for (const { debian, reason } of missing) console.log(`Installing ${debian}: ${reason}`)
  const run = async (/** @type {string[]} */ ...args) => {
    const [program = '', ...rest] = process.getuid?.() === 0 ? ['apt-get', ...args] : ['sudo', '-n', 'apt-get', ...args]
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    try {
      await promisify(execFile)(program, rest, { maxBuffer: 1 << 28, env })
      return true
    } catch (error) {
      const said = /** @type {{ stdout?: string, stderr?: string }} */ (error)
      console.log(`${[program, ...rest].join(' ')} failed: ${String(error)}${said.stdout ?? ''}${said.stderr ?? ''}`)
      return false
    }
  }
  return (
    (await run('update', '-qq')) &&
    (await run('install', '-y', '-qq', '--no-install-recommends', ...missing.map((m) => m.debian)))
  )
}
