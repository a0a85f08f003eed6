/** The packages of native addons: one for each platform, which the backend finds where npm installs it. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { targets } from '../../../packages/backend-native/scripts/toolchains.mjs'
import { root } from '../../lib/setup.mjs'
import { addonPackage, writeAddonPackage } from '../../release/addonPackages.mjs'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-addon-packages-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const host = `${process.platform}-${process.arch}`
const built = join(root, 'packages/backend-native/build/spikeward.node')

test('each names its platform, so that npm installs one of them', () => {
  const addon = join(folder, 'some.node')
  writeFileSync(addon, 'addon')
  const manifests = targets.map(
    (target) =>
      JSON.parse(readFileSync(join(writeAddonPackage(target, addon, folder), 'package.json'), 'utf8')) as object,
  )
  expect(manifests).toMatchObject([
    { name: '@spikeward/backend-native-linux-x64-gnu', os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
    { name: '@spikeward/backend-native-linux-arm64-gnu', os: ['linux'], cpu: ['arm64'], libc: ['glibc'] },
    { name: '@spikeward/backend-native-darwin-x64', os: ['darwin'], cpu: ['x64'] },
    { name: '@spikeward/backend-native-darwin-arm64', os: ['darwin'], cpu: ['arm64'] },
    { name: '@spikeward/backend-native-win32-x64', os: ['win32'], cpu: ['x64'] },
  ])
  for (const one of manifests)
    expect(one).toMatchObject({ files: ['spikeward.node'], publishConfig: { provenance: true } })
})

/** A project with the backend as published: its bundle, and of packages beside it those that are given. */
function project(name: string, addon: boolean): string {
  const home = join(folder, name)
  const scope = join(home, 'node_modules/@spikeward')
  const own = join(scope, 'backend-native')
  mkdirSync(own, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(root, 'packages/backend-native/package.json'), 'utf8')) as {
    exports: unknown
    publishConfig: { exports: unknown }
  }
  writeFileSync(join(own, 'package.json'), JSON.stringify({ ...manifest, exports: manifest.publishConfig.exports }))
  cpSync(join(root, 'packages/backend-native/dist'), join(own, 'dist'), { recursive: true })
  symlinkSync(join(root, 'packages/core'), join(scope, 'core'))
  const at = join(home, 'node_modules', addonPackage(host))
  mkdirSync(dirname(at), { recursive: true })
  if (addon) cpSync(writeAddonPackage(host, built, join(folder, 'packages')), at, { recursive: true })
  return home
}

/** The name of the backend there, or the error. */
const nativeIn = (home: string): string => {
  const program = `import { native } from '@spikeward/backend-native'
try { console.log((await native()).name) } catch (error) { console.log(error.code, error.message) }`
  const env = { ...process.env, SPIKEWARD_NATIVE: '' }
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: home, env, encoding: 'utf8' })
    .stdout
}

test('the backend loads the addon of the package for this platform, and says which one is absent', (context) => {
  context.skip(!existsSync(built), 'the native addon was not built')
  expect(nativeIn(project('with', true))).toBe('native\n')
  expect(nativeIn(project('without', false))).toMatch(
    new RegExp(
      `^NATIVE_UNAVAILABLE .*${addonPackage(host)} is not installed, and no addon was compiled; .*backend-cpu`,
    ),
  )
})
