/**
 * The batch script and the Jobs of the page on clusters: their shell runs with programs that record how they are called
 * in place of Slurm, Open MPI and the command.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Job } from 'kubernetes-types/batch/v1.js'
import { blocks } from '../support/blocks.js'
import { faults } from '../support/commandLine.js'

const page = (await blocks()).filter((b) => b.page === 'cluster.md')
const scripts = page.filter((b) => b.code.includes('#SBATCH'))
const jobs = page.filter((b) => b.language === 'yaml')

const folder = mkdtempSync(join(tmpdir(), 'spikeward-cluster-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a script of the shell where these programs only record their arguments; returns the recorded lines. */
function recorded(script: string, shell: string, programs: readonly string[], env: Record<string, string>): string[] {
  const bin = join(folder, 'bin')
  const log = join(folder, 'log')
  mkdirSync(bin, { recursive: true })
  writeFileSync(log, '')
  for (const name of programs) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> "${log}"\n`)
    chmodSync(join(bin, name), 0o755)
  }
  const ran = spawnSync(shell, ['-e', '-c', script], {
    cwd: folder,
    // With a socket as its input bash takes itself for a remote shell and reads .bashrc.
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { PATH: `${bin}:/usr/bin:/bin`, ...env },
  })
  expect([ran.status, ran.stderr]).toEqual([0, ''])
  return readFileSync(log, 'utf8').trim().split('\n')
}

/** The arguments of the command that a launcher starts. */
const ownArgs = (line: string): string[] => line.slice(line.indexOf('spikeward ') + 10).split(' ')

/** Options of sbatch that the scripts use, with the form of their values. */
const sbatch: Readonly<Record<string, RegExp>> = {
  'job-name': /^[\w-]+$/,
  ntasks: /^\d+$/,
  'cpus-per-task': /^\d+$/,
  time: /^\d\d:\d\d:\d\d$/,
  array: /^\d+-\d+(%\d+)?$/,
  requeue: /^$/,
}

describe('batch scripts', () => {
  it.each(scripts.map((s) => [s.number, s.code] as const))('block %i has options that sbatch knows', (_, code) => {
    expect(code).toMatch(/^#!\/bin\/bash\n#SBATCH/)
    for (const [, name = '', value = ''] of code.matchAll(/^#SBATCH --([\w-]+)(?:=(\S+))?$/gm))
      expect(value, name).toMatch(sbatch[name] ?? /^never$/)
    expect(code.match(/^#SBATCH/gm)).toHaveLength([...code.matchAll(/^#SBATCH --[\w-]+(=\S+)?$/gm)].length)
  })

  it('begin a run, and continue it when they are requeued', async () => {
    const [script] = scripts
    const [begun] = recorded(script!.code, 'bash', ['srun', 'spikeward'], {})
    expect(begun).toMatch(/^srun --mpi=pmix spikeward train /)
    expect(await faults('spikeward', ownArgs(begun!))).toBe('')
    const [, place = ''] = /--out (\S+)/.exec(begun!)!
    mkdirSync(join(folder, place), { recursive: true })
    const [continued] = recorded(script!.code, 'bash', ['srun', 'spikeward'], {})
    expect(continued).toBe(`srun --mpi=pmix spikeward resume ${place} --quiet`)
    rmSync(join(folder, 'runs'), { recursive: true })
  })

  it('of an array give each task its shard', async () => {
    const script = scripts.find((s) => s.code.includes('SLURM_ARRAY_TASK_ID'))!
    const env = { SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_MAX: '16' }
    const [line] = recorded(script.code, 'bash', ['spikeward'], env)
    expect(line).toMatch(/--shard 3\/16$/)
    expect(await faults('spikeward', ownArgs(line!))).toBe('')
  })
})

/** The type errors of each value as a Job of batch/v1; empty if it is one. */
function typeErrors(values: readonly unknown[]): readonly string[] {
  // Inside this package, so that its dependencies are found.
  const place = mkdtempSync(fileURLToPath(new URL('../../node_modules/.jobs-', import.meta.url)))
  try {
    const lines = values.map((value, i) => `export const job${i}: Job = ${JSON.stringify(value)}`)
    const file = join(place, 'jobs.ts')
    writeFileSync(file, `import type { Job } from 'kubernetes-types/batch/v1'\n${lines.join('\n')}\n`)
    const flags = [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'preserve',
      '--pretty',
      'false',
    ]
    const root = new URL('../../../', import.meta.url)
    const { stdout } = spawnSync(fileURLToPath(new URL('node_modules/.bin/tsgo', root)), [...flags, file], {
      cwd: fileURLToPath(root),
      encoding: 'utf8',
    })
    const errors = stdout.split('\n').filter((line) => line.includes('error TS'))
    const all = values.map((_, i) => errors.filter((line) => line.includes(`jobs.ts(${i + 2},`)))
    // An error that belongs to no value, such as a missing package, fails the test.
    expect(all.flat()).toHaveLength(errors.length)
    return all.map((own) => own.join('\n'))
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

describe('Jobs of Kubernetes', () => {
  it('have the published type, which refuses misspelt and missing keys and values of another type', () => {
    const parsed = (code: string): unknown => parse(code, { strict: true, uniqueKeys: true })
    const changed = (from: string, to: string): unknown => {
      const { code } = jobs.find((b) => b.code.includes(from))!
      return parsed(code.replace(from, to))
    }
    const [train, worker, ...wrong] = typeErrors([
      ...jobs.map(({ code }) => parsed(code)),
      changed('parallelism: 8', 'paralelism: 8'),
      changed('parallelism: 8', "parallelism: '8'"),
      changed('- name: worker', '- label: worker'),
    ])
    expect([train, worker]).toEqual(['', ''])
    for (const errors of wrong) expect(errors).toContain('error TS')
    expect(wrong).toHaveLength(3)
  })

  it('follow the rules that types do not express', () => {
    const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
    const quantity = /^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/
    for (const { code } of jobs) {
      const { metadata, spec } = parse(code) as Job
      const { containers, volumes = [] } = spec!.template.spec!
      const names = [metadata!.name, ...containers.map((c) => c.name), ...volumes.map((v) => v.name)]
      for (const name of names) expect(name).toMatch(dnsLabel)
      for (const { volumeMounts = [], resources } of containers) {
        for (const { name } of volumeMounts) expect(volumes.map((v) => v.name)).toContain(name)
        const { requests = {}, limits = {} } = resources ?? {}
        for (const amount of Object.values({ ...requests, ...limits })) expect(amount).toMatch(quantity)
        expect(Object.keys(limits)).toEqual(Object.keys(requests))
      }
    }
  })

  it('have the keys that a Job must have', () => {
    expect(jobs).toHaveLength(2)
    for (const { code } of jobs) {
      expect(code).toMatch(/^apiVersion: batch\/v1\nkind: Job\nmetadata:\n {2}name: [a-z0-9-]+\nspec:\n/)
      expect(code).toMatch(/^ {2}template:\n {4}spec:\n {6}restartPolicy: (OnFailure|Never)\n {6}containers:$/m)
    }
  })

  it('begin a run under mpirun, and continue it after a restart', async () => {
    const { code } = jobs.find((b) => b.code.includes('mpirun'))!
    const shell = (/args:\n {12}- \|\n((?: {14}.*\n)+)/.exec(code)?.[1] ?? '').replaceAll(/^ {14}/gm, '')
    const local = shell.replaceAll('/runs', `${folder}/volume`)
    mkdirSync(join(folder, 'volume'))
    const [begun] = recorded(local, 'sh', ['mpirun'], {})
    expect(begun).toMatch(/^mpirun -n 4 --allow-run-as-root spikeward train .* --quiet$/)
    expect(await faults('spikeward', ownArgs(begun!))).toBe('')
    mkdirSync(join(folder, 'volume/burgers'))
    const [continued] = recorded(local, 'sh', ['mpirun'], {})
    expect(continued).toContain(`spikeward resume ${folder}/volume/burgers --quiet`)
  })

  it('start workers with options that the command knows', async () => {
    const { code } = jobs.find((b) => b.code.includes('"worker"'))!
    const args = JSON.parse(/args: (\[.*\])/.exec(code)![1]!) as string[]
    expect(await faults('spikeward', args)).toBe('')
  })
})
