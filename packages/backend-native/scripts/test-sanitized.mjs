/**
 * Runs this package's tests on an addon built with AddressSanitizer and UBSan: `node scripts/test-sanitized.mjs`. Exits
 * with 0 if all tests pass and neither sanitizer reports an error, or if there is no compiler, which it reports.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const workspace = fileURLToPath(new URL('../../..', import.meta.url))
const addon = `${root}build/sanitized/spikeward.node`
const compiler = process.env['CXX'] ?? 'g++'

spawnSync(process.execPath, [`${root}scripts/build-native.mjs`, '--sanitize'], { stdio: 'inherit' })
if (!existsSync(addon)) process.exit(process.env['CI'] === 'true' ? 1 : 0)

/** Node itself is not built with the sanitizers, so their libraries must be loaded first. */
const libraries = ['libasan.so', 'libubsan.so'].map((name) =>
  spawnSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim(),
)
/**
 * All tests of the package but those that reach no native code: of the build by a false compiler, of axes and of texts.
 */
const tests = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && !/^(build|normaliseAxes|stepTimes)\./.test(file))
  .map((file) => `packages/backend-native/test/${file}`)
const { status, stdout } = spawnSync(
  process.execPath,
  [`${workspace}node_modules/vitest/vitest.mjs`, 'run', ...tests],
  {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: {
      SPIKEWARD_SANITIZED: 'true',
      ...process.env,
      // Vitest's own process, which transforms the sources, runs without them.
      SPIKEWARD_PRELOAD: libraries.join(' '),
      // Node leaks memory of its own at exit; an allocation that is too large must fail as it does without sanitizers.
      ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1',
      UBSAN_OPTIONS: 'print_stacktrace=1',
      SPIKEWARD_NATIVE: addon,
    },
  },
)
// Passed tests are not listed.
const lines = (stdout ?? '').trimEnd().split('\n')
console.log((status === 0 ? lines.slice(-5) : lines.filter((line) => !line.includes('✓')).slice(0, 200)).join('\n'))
process.exitCode = status ?? 1
