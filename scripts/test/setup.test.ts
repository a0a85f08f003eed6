import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

/**
 * A miniature checkout: the real scripts, and one application whose "build" is a stand-in for turbo that counts its
 * calls. The program prints its arguments and the name of its script, and exits with 3.
 */
function checkout(): { run: (...args: string[]) => ReturnType<typeof spawnSync>; builds: () => number; path: string } {
  const path = mkdtempSync(join(tmpdir(), 'spikeward-setup-'))
  const write = (file: string, content: string) => {
    mkdirSync(join(path, file, '..'), { recursive: true })
    writeFileSync(join(path, file), content, { mode: 0o755 })
  }
  // The runtimes that other tests install there have 200 MB.
  const filter = (file: string) => basename(file) !== 'node_modules'
  cpSync(resolve(import.meta.dirname, '..'), join(path, 'scripts'), { recursive: true, filter })
  write('package.json', '{ "packageManager": "pnpm@0.0.0" }')
  write('pnpm-lock.yaml', 'lock')
  write('tsconfig.base.json', '{}')
  mkdirSync(join(path, 'packages'))
  for (const file of ['package.json', 'tsconfig.json', 'tsup.config.ts'])
    write(`apps/cli/${file}`, '{ "type": "module" }')
  write('apps/cli/src/main.ts', '')
  write('node_modules/.bin/npx', '#!/bin/sh\necho noise\n')
  const program = 'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3'
  write(
    'node_modules/.bin/turbo',
    `#!/bin/sh\necho noise\necho . >> builds\nmkdir -p apps/cli/dist\necho '${program}' > apps/cli/dist/main.js\n`,
  )
  const builds = () => (existsSync(join(path, 'builds')) ? readFileSync(join(path, 'builds'), 'utf8').length / 2 : 0)
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(path, 'scripts/spikeward.mjs'), ...args], { cwd: tmpdir(), encoding: 'utf8' })
  return { run, builds, path }
}

test('the first command sets up and builds; standard output and the exit code are the program’s own', () => {
  const { run, builds } = checkout()
  const done = run('train', 'a b', '--json')
  expect(done.stdout).toBe('["train","a b","--json"]\n')
  expect(done.status).toBe(3)
  // A command that takes minutes to begin says why.
  expect(done.stderr).toMatch(/^Installing dependencies: .*\nBuilding 1 of 1: JavaScript, .*\n$/)
  expect(builds()).toBe(1)
})

/** Gives the miniature checkout a package with sources to compile, which a stand-in does. */
function withNative(path: string, script: string): void {
  const folder = join(path, 'packages/fast')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "scripts": { "native": "node compile.mjs" } }')
  writeFileSync(join(folder, 'compile.mjs'), script)
}

test('a build shows each of its steps and the progress of the compiler, and standard output stays the program’s own', () => {
  const { run, builds, path } = checkout()
  withNative(path, `console.log('noise'); console.error(process.argv[2], '4 of 40 translation units compiled')`)
  const done = run('list')
  expect([done.stdout, done.status]).toEqual(['["list"]\n', 3])
  expect(done.stderr).toMatch(
    /\nBuilding 1 of 2: JavaScript, .*\nBuilding 2 of 2: native code of packages\/fast …\n--progress 4 of 40 translation units compiled\n$/,
  )
  // Nothing is shown when nothing is built.
  expect([run('list').stderr, builds()]).toEqual(['', 1])
})

test('a compiler that fails ends the command, and the next one tries again', () => {
  const { run, path } = checkout()
  withNative(path, `console.error('broken'); process.exit(1)`)
  const done = run('list')
  expect([done.stdout, done.status]).toEqual(['', 1])
  expect(done.stderr).toContain('broken')
  withNative(path, '')
  expect(run('list').status).toBe(3)
})

test('nothing is built again until a source changes', () => {
  const { run, builds, path } = checkout()
  run()
  run()
  expect(builds()).toBe(1)
  writeFileSync(join(path, 'apps/cli/src/added.ts'), '')
  run()
  expect(builds()).toBe(2)
  run()
  expect(builds()).toBe(2)
})

test('a failing build is shown on standard error, and nothing runs', () => {
  const { run, path } = checkout()
  writeFileSync(join(path, 'node_modules/.bin/turbo'), '#!/bin/sh\necho broken; exit 1\n')
  const done = run()
  expect(done.status).toBe(1)
  expect(done.stdout).toBe('')
  expect(done.stderr).toContain('broken')
})

test('one build serves every application, and a change of what bundles them is seen', () => {
  const { run, builds, path } = checkout()
  const turbo = join(path, 'node_modules/.bin/turbo')
  writeFileSync(
    turbo,
    `${readFileSync(turbo, 'utf8')}mkdir -p apps/bench/dist; cp apps/cli/dist/main.js apps/bench/dist\n`,
  )
  expect(run('first').status).toBe(3)
  const bench = spawnSync(process.execPath, [join(path, 'scripts/bench.mjs'), 'second'], { encoding: 'utf8' })
  expect([bench.stdout, builds()]).toEqual(['["second"]\n', 1])
  const later = new Date(Date.now() + 1000)
  utimesSync(join(path, 'scripts/build/bundles.mjs'), later, later)
  run()
  expect(builds()).toBe(2)
})

test('an application runs although another one is broken, which is named', () => {
  const { path } = checkout()
  symlinkSync(resolve(import.meta.dirname, '../../node_modules/tsup'), join(path, 'node_modules/tsup'))
  writeFileSync(
    join(path, 'node_modules/.bin/turbo'),
    `#!/bin/sh\ncase "$*" in *bundles*) exec '${process.execPath}' scripts/build/bundles.mjs;; esac\n`,
  )
  mkdirSync(join(path, 'apps/bench/src'), { recursive: true })
  for (const [name, source] of [
    ['bench', 'const = 3'],
    ['cli', 'console.log("runs")'],
  ] as const) {
    writeFileSync(join(path, 'apps', name, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      join(path, 'apps', name, 'tsup.config.ts'),
      `export default { entry: ['src/main.ts'], format: 'esm', clean: true }`,
    )
    writeFileSync(join(path, 'apps', name, 'src/main.ts'), source)
  }
  const command = (name: string) =>
    spawnSync(process.execPath, [join(path, 'scripts', name)], { cwd: tmpdir(), encoding: 'utf8' })
  const { stdout, stderr, status } = command('spikeward.mjs')
  expect([stdout, status]).toEqual(['runs\n', 0])
  expect(stderr).toContain('apps/bench: Build failed')
  expect(stderr).toContain('1 of 2 folders were not bundled: apps/bench.')
  expect(stderr).toMatch(/apps\/cli was built, and runs\.\n$/)
  // The next command tries again.
  expect(existsSync(join(path, 'node_modules/.spikeward/built'))).toBe(false)
  expect(command('bench.mjs')).toMatchObject({ status: 1, stdout: '' })
})

test('tests bundle what has changed before they begin, and refuse a package that cannot be bundled', () => {
  const { path } = checkout()
  symlinkSync(resolve(import.meta.dirname, '../../node_modules/tsup'), join(path, 'node_modules/tsup'))
  const put = (file: string, content: string): void => {
    mkdirSync(join(path, file, '..'), { recursive: true })
    writeFileSync(join(path, file), content)
  }
  for (const folder of ['packages/core', 'apps/cli']) {
    put(`${folder}/package.json`, '{ "type": "module" }')
    put(
      `${folder}/tsup.config.ts`,
      `export default { entry: ['src/main.ts'], format: 'esm', clean: true, silent: true }`,
    )
  }
  const source = 'packages/core/src/main.ts'
  const bundle = join(path, 'packages/core/dist/main.js')
  const ensure = `import(${JSON.stringify(join(path, 'scripts/lib/setup.mjs'))}).then((setup) => setup.ensureBundled())`
  const bundled = () => spawnSync(process.execPath, ['-e', ensure], { cwd: tmpdir(), encoding: 'utf8' })

  put(source, 'console.log(1)')
  expect(bundled()).toMatchObject({ status: 0, stderr: '' })
  expect(readFileSync(bundle, 'utf8')).toContain('console.log(1)')
  // Nothing is bundled again, nor is an edit of the bundle undone, until a source changes.
  writeFileSync(bundle, 'untouched')
  expect(bundled().status).toBe(0)
  expect(readFileSync(bundle, 'utf8')).toBe('untouched')
  put(source, 'console.log(2)')
  expect(bundled().status).toBe(0)
  expect(readFileSync(bundle, 'utf8')).toContain('console.log(2)')

  put(source, 'const = 3')
  const { status, stderr } = bundled()
  expect(status).toBe(1)
  expect(stderr).toMatch(/The packages that the tests load could not be bundled[^]*main\.ts/)
  put(source, 'console.log(4)')
  put('apps/cli/src/main.ts', 'const = 4')
  // Tests of other folders need no application.
  expect(bundled()).toMatchObject({ status: 0, stderr: expect.stringContaining('apps/cli') as string })
  expect(readFileSync(bundle, 'utf8')).toContain('console.log(4)')
})

test('a command that waits for the build of another one names it', async () => {
  const { path } = checkout()
  const lock = join(path, '.setup-lock')
  mkdirSync(lock)
  writeFileSync(join(lock, 'pid'), String(process.pid))
  const waiting = spawn(process.execPath, [join(path, 'scripts/spikeward.mjs')], { cwd: tmpdir() })
  const ended = once(waiting, 'close')
  let told = ''
  for await (const text of waiting.stderr) {
    told += String(text)
    if (told.startsWith('Waiting for another command')) rmSync(lock, { recursive: true, force: true })
  }
  expect(await ended).toEqual([3, null])
  expect(told.match(/Waiting/g)).toHaveLength(1)
  expect(told).toMatch(/\nBuilding 1 of 1: /)
})

test.each(['scripts/demo.mjs', 'scripts/release/tarballs.mjs'])('%s builds under the same lock', async (script) => {
  const { builds, path } = checkout()
  const lock = join(path, '.setup-lock')
  mkdirSync(join(path, 'node_modules/.spikeward'), { recursive: true })
  spawnSync(process.execPath, [
    '-e',
    `import('${join(path, 'scripts/lib/setup.mjs')}').then((s) => s.ensureInstalled())`,
  ])
  mkdirSync(lock)
  writeFileSync(join(lock, 'pid'), String(process.pid))
  const waiting = spawn(process.execPath, [join(path, script)], { cwd: tmpdir() })
  const ended = once(waiting, 'close')
  let before = -1
  let told = ''
  for await (const text of waiting.stderr) {
    told += String(text)
    if (!told.includes('Waiting for another command') || before >= 0) continue
    before = builds()
    rmSync(lock, { recursive: true, force: true })
  }
  await ended
  expect([before, builds(), existsSync(lock)]).toEqual([0, 1, false])
})

test('a lock left by a process that is gone does not stop the next one', () => {
  const { run, path } = checkout()
  mkdirSync(join(path, '.setup-lock'))
  const gone = spawnSync(process.execPath, ['-e', '']).pid
  writeFileSync(join(path, '.setup-lock/pid'), String(gone))
  expect(run().status).toBe(3)
  expect(existsSync(join(path, '.setup-lock'))).toBe(false)
})

test('under npm run a command works in the folder where it was typed', () => {
  const { path } = checkout()
  writeFileSync(
    join(path, 'node_modules/.bin/turbo'),
    `#!/bin/sh\nmkdir -p apps/cli/dist\necho 'console.log(process.cwd())' > apps/cli/dist/main.js\n`,
  )
  const from = (cwd: string, env: NodeJS.ProcessEnv): string =>
    spawnSync(process.execPath, [join(path, 'scripts/spikeward.mjs')], {
      cwd,
      env: { ...process.env, ...env },
      encoding: 'utf8',
    }).stdout.trim()
  const typed = realpathSync(mkdtempSync(join(tmpdir(), 'spikeward-typed-')))
  expect(from(path, { INIT_CWD: typed, npm_lifecycle_event: 'spikeward' })).toBe(typed)
  expect(from(typed, { INIT_CWD: tmpdir(), npm_lifecycle_event: 'spikeward' })).toBe(typed)
  expect(from(path, { INIT_CWD: typed, npm_lifecycle_event: 'test' })).toBe(realpathSync(path))
})
