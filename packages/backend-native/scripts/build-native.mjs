/**
 * Compiles the addon with g++ (or the compiler that CXX names): no node-gyp, no Node headers but those of Node-API.
 *
 *     node scripts/build-native.mjs [--sanitize] [--prebuild] [--strict]
 *
 * It writes build/spikeward.node. `--sanitize` builds build/sanitized/spikeward.node with AddressSanitizer and UBSan.
 * `--prebuild` also puts the addon where a published package has it, prebuilds/<platform>-<arch>/. Where it cannot build it says why
 * and ends well, so that no install fails for it (with `--strict` it fails).
 */
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const options = new Set(process.argv.slice(2))
const compiler = process.env['CXX'] ?? 'g++'
const sanitize = options.has('--sanitize')
const folder = join(root, 'build', sanitize ? 'sanitized' : '.')
const objects = join(folder, 'objects')

/** Flags of the files that are compiled for one instruction set; the rest runs on any processor of the architecture. */
const instructionSets = {
  'isa/avx2.cpp': ['-mavx2', '-mfma'],
  'isa/avx512.cpp': [
    '-mavx512f',
    '-mavx512dq',
    '-mavx512bw',
    '-mavx512vl',
    '-mavx2',
    '-mfma',
    '-mprefer-vector-width=512',
  ],
}

const sources = [
  ...readdirSync(join(root, 'native')).filter((f) => f.endsWith('.cpp')),
  'isa/portable.cpp',
  ...(process.arch === 'x64' ? Object.keys(instructionSets) : []),
]

/** No -ffast-math and no contraction: a product and a sum are rounded as the plan has them, wherever the results are compared. */
const flags = () => [
  '-std=c++17',
  ...(sanitize
    ? ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-fno-omit-frame-pointer']
    : ['-O3']),
  ...['-fPIC', '-fvisibility=hidden', '-fno-math-errno', '-fno-trapping-math', '-ffp-contract=off', '-pthread'],
  ...['-Wall', '-Wextra', '-Wno-psabi', '-DNAPI_VERSION=8', '-DNAPI_DISABLE_CPP_EXCEPTIONS'],
  ...['node-api-headers/include', 'node-addon-api'].map((path) => {
    const [name = '', ...rest] = path.split('/')
    return `-I${join(dirname(require.resolve(`${name}/package.json`)), ...rest)}`
  }),
]

/**
 * @param {string[]} args
 * @returns {Promise<void>}
 */
function compile(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(compiler, args, { cwd: join(root, 'native'), stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', (error) =>
      reject(
        'code' in error && error.code === 'ENOENT' ? new Error(`there is no ${compiler}; install g++ or set CXX`) : error,
      ),
    )
    child.on('close', (status) => (status === 0 ? resolve() : reject(new Error(`${compiler} ended with ${status}`))))
  })
}

/** Compiles all sources, as many at once as there are cores, and links them. */
async function build() {
  const common = flags()
  mkdirSync(join(objects, 'isa'), { recursive: true })
  const pending = sources.map((source) => ({ source, object: join(objects, source.replace('.cpp', '.o')) }))
  const linked = pending.map((p) => p.object)
  const worker = async () => {
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      await compile([...common, ...(instructionSets[next.source] ?? []), '-c', next.source, '-o', next.object])
    }
  }
  await Promise.all(Array.from({ length: Math.max(availableParallelism(), 1) }, worker))
  const addon = join(folder, 'spikeward.node')
  const runtime = sanitize ? ['-fsanitize=address,undefined'] : ['-static-libstdc++', '-static-libgcc', '-s']
  const undefinedLater = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []
  await compile(['-shared', '-pthread', ...runtime, ...undefinedLater, ...linked, '-o', addon])
  return addon
}

try {
  const start = performance.now()
  const addon = await build()
  if (options.has('--prebuild')) {
    const place = join(root, 'prebuilds', `${process.platform}-${process.arch}`)
    mkdirSync(place, { recursive: true })
    copyFileSync(addon, join(place, 'spikeward.node'))
  }
  writeFileSync(join(folder, 'status.txt'), 'built\n')
  console.log(`Built ${addon} in ${((performance.now() - start) / 1000).toFixed(1)} s`)
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'status.txt'), `The native backend was not built: ${reason}\n`)
  console.log(readFileSync(join(folder, 'status.txt'), 'utf8').trimEnd())
  if (options.has('--strict')) process.exitCode = 1
}
