/**
 * The batch script and the Jobs of the page on clusters: their shell runs with programs that record how they are called in place of
 * Slurm, Open MPI and the command.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { blocks } from '../blocks.js'
import { faults } from '../commandLine.js'

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

describe('Jobs of Kubernetes', () => {
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
