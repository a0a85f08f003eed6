/** The permissions of the repository's workflows. They run only on GitHub, so their text is checked. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { buildTasks, root } from '../../lib/setup.mjs'

type Step = {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}
type Job = {
  readonly permissions?: Readonly<Record<string, string>>
  readonly environment?: string
  readonly needs?: string
  readonly 'timeout-minutes'?: number
  readonly steps: readonly Step[]
}
type Workflow = {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

const folder = join(root, '.github', 'workflows')
const names = readdirSync(folder).sort()
const text = (name: string): string => readFileSync(join(folder, name), 'utf8')
const workflow = (name: string): Workflow => parse(text(name)) as Workflow
const stepsOf = (name: string): readonly Step[] => Object.values(workflow(name).jobs).flatMap(({ steps }) => steps)

test('there are three', () => {
  expect(names).toEqual(['ci.yml', 'docs.yml', 'release.yml'])
})

describe.each(names)('%s', (name) => {
  test('pins every action by its commit, and says which version that is', () => {
    const used = stepsOf(name).flatMap(({ uses }) => uses ?? [])
    expect(used.length).toBeGreaterThan(0)
    for (const action of used) {
      expect(action).toMatch(/^actions\/[\w-]+@[0-9a-f]{40}$/)
      expect(text(name)).toMatch(new RegExp(`${action} # v\\d+\\.\\d+\\.\\d+\n`))
    }
  })

  test('reads by default, and ends in time', () => {
    expect(workflow(name).permissions).toEqual({ contents: 'read' })
    for (const job of Object.values(workflow(name).jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(90)
  })

  test('puts nothing that a stranger can choose into a command', () => {
    for (const { run = '' } of stepsOf(name)) expect(run).not.toContain('${{')
    expect(Object.keys(workflow(name).on)).not.toContain('pull_request_target')
  })
})

test('the checks have no rights and no secret', () => {
  for (const job of Object.values(workflow('ci.yml').jobs)) expect(job.permissions).toBeUndefined()
  expect(text('ci.yml')).not.toContain('secrets.')
  expect(stepsOf('ci.yml').at(-1)?.run).toBe('.ci/run')
})

test('the site is built without rights, and published by hand with those of its pages alone', () => {
  const { on, jobs } = workflow('docs.yml')
  expect(Object.keys(on)).toEqual(['workflow_dispatch'])
  expect(jobs['build']!.permissions).toBeUndefined()
  expect(jobs['build']!.steps.map(({ run }) => run)).toContain('npm run docs')
  expect(jobs['publish']).toMatchObject({ needs: 'build', permissions: { pages: 'write', 'id-token': 'write' } })
  expect(text('docs.yml')).not.toContain('secrets.')
})

test('a release is started by hand, checked, approved, and published with provenance by its identity, without a secret', () => {
  const { on, jobs } = workflow('release.yml')
  expect(Object.keys(on)).toEqual(['workflow_dispatch'])
  const { check, publish } = jobs
  expect(check!.permissions).toBeUndefined()
  expect(check!.steps.map(({ run }) => run)).toEqual(expect.arrayContaining(['.ci/run', 'npm run release:dry']))
  expect(publish).toMatchObject({ needs: 'check', environment: 'npm' })
  expect(publish!.permissions).toEqual({ contents: 'write', 'id-token': 'write' })
  const commands = publish!.steps.flatMap(({ run }) => run ?? [])
  const [build, publishing] = ['packages/backend-native/scripts/prebuild.mjs', 'scripts/release/publish.mjs']
  // Every platform's addon is compiled before.
  expect(commands.indexOf(`node ${publishing}`)).toBeGreaterThan(commands.indexOf(`node ${build}`))
  expect(commands).toContain(`node ${build}`)
  expect(text('release.yml')).not.toMatch(/secrets\.|NPM_TOKEN|NODE_AUTH_TOKEN/)
  const code = readFileSync(join(root, publishing), 'utf8')
  expect(code).toContain("'--provenance'")
  const [, major, minor] = /'npm@(\d+)\.(\d+)\.\d+'/.exec(code)!.map(Number)
  expect(major! * 100 + minor!).toBeGreaterThanOrEqual(1105)
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string }
  expect(publish!.steps.map(({ run }) => run)).toContain(`npx --yes ${packageManager} install --frozen-lockfile`)
})

test('a release has the bill of materials and the licences, written before anything is published', () => {
  const { steps } = workflow('release.yml').jobs['publish']!
  const at = (command: string): number => steps.findIndex(({ run = '' }) => run.startsWith(command))
  const [write, publish, attach] = [
    at('node scripts/release/artefacts.mjs'),
    at('node scripts/release/publish.mjs'),
    at('gh release create'),
  ]
  expect(write).toBeGreaterThan(at('npm run build'))
  expect([publish > write, attach > publish]).toEqual([true, true])
  const { run = '', env } = steps[attach]!
  const attached = run.split(/\s+/).filter((word) => word.startsWith('reports/release/'))
  const written = [
    ...readFileSync(join(root, 'scripts/release/supplyChain.mjs'), 'utf8').matchAll(/join\(reports, '(.*)'\)/g),
  ]
  expect(attached).toEqual(['reports/release/sbom.cdx.json', 'reports/release/licences.md'])
  expect(written.map(([, name]) => `reports/release/${name!}`)).toEqual(expect.arrayContaining(attached))
  // The token of the run, which the rights of the job limit; no secret of the repository.
  expect(env).toEqual({ GH_TOKEN: '${{ github.token }}' })
  expect(workflow('release.yml').jobs['publish']!.permissions).toMatchObject({ contents: 'write' })
})

test('`npm run build` builds what the tests and the dry run build', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>
  }
  expect(scripts['build']).toBe(`turbo run ${buildTasks.join(' ')}`)
})

/** Commands of the release that the dry run leaves out: they publish. */
const publishing = ['node scripts/release/publish.mjs', 'gh release create']

test('every other command of the release is one of this repository, and can be run here', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>
  }
  const commands = stepsOf('release.yml').flatMap(({ run }) => run ?? [])
  const local = commands.filter((command) => !publishing.some((one) => command.startsWith(one)))
  expect(commands.length - local.length).toBe(publishing.length)
  expect(local.length).toBeGreaterThan(4)
  for (const command of local) {
    const [, script] = /^npm run ([\w:]+)$/.exec(command) ?? []
    const [, path] = /^(?:node )?([\w./-]+\.mjs|\.ci\/run)(?: --[\w-]+)*$/.exec(command) ?? []
    if (script !== undefined) expect(manifest.scripts).toHaveProperty([script])
    else if (path !== undefined) expect([command, existsSync(join(root, path))]).toEqual([command, true])
    else expect(command).toMatch(/^npx --yes pnpm@[\d.]+ install --frozen-lockfile$/)
  }
})

test('the dry run builds, packs and states the same as the release', () => {
  const imported = (name: string): string[] =>
    [
      ...readFileSync(join(root, 'scripts', name), 'utf8').matchAll(
        /import \{ (.*) \} from '(?:\.\/|\.\/release\/)(\w+)\.mjs'/g,
      ),
    ]
      .flatMap(([, names = '', from = '']) => names.split(', ').map((one) => `${from}: ${one}`))
      .filter((one) => /^(pack|project|supplyChain): /.test(one))
  const dry = imported('release-dry.mjs')
  const release = imported('release/artefacts.mjs')
  expect(release).toEqual(expect.arrayContaining(['pack: packAll', 'supplyChain: writeBillOfMaterials']))
  expect(release.filter((one) => !dry.includes(one))).toEqual([])
})
