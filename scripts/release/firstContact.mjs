/**
 * Times the first minutes of a new user on a fresh clone: to a first figure, from a table to a prediction, from an
 * equation to a figure, from the scaffold to a trained network.
 *
 *     node scripts/release/firstContact.mjs --write   also stores the times, and writes them on the page of the command line
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableOf } from '../lib/tableOf.mjs'
import { root } from '../lib/setup.mjs'

/** @typedef {{ name: string, shows: string, seconds: number, commands: readonly string[] }} Part */

/** The load of the machine before the first command, in processes for each core. */
const [before = 0] = loadavg()
const load = Math.round((100 * before) / cpus().length) / 100

const work = mkdtempSync(join(tmpdir(), 'spikeward-first-'))
const clone = join(work, 'spikeward')
const project = join(work, 'my-project')

/** A table of y = sin πa cos πb with 200 rows. */
function writeTable() {
  const rows = Array.from({ length: 200 }, (_, i) => {
    const [a, b] = [(i % 20) / 10 - 1, Math.floor(i / 20) / 5 - 1]
    return [a, b, Math.sin(Math.PI * a) * Math.cos(Math.PI * b)].map((v) => v.toFixed(4)).join(',')
  })
  writeFileSync(join(clone, 'table.csv'), `a,b,y\n${rows.join('\n')}\n`)
  writeFileSync(join(clone, 'ask.csv'), 'a,b\n0.25,0.1\n-0.4,0.7\n')
}

/** A heated plate: −Δu = 2π² sin πx sin πy, zero on the border. */
function writeEquation() {
  const plate = {
    name: 'plate',
    axes: { x: [0, 1], y: [0, 1] },
    equations: ['-(u_xx + u_yy) = 2*pi^2*sin(pi*x)*sin(pi*y)'],
    conditions: [{ dirichlet: { u: 0 } }],
    exact: { u: 'sin(pi*x)*sin(pi*y)' },
  }
  writeFileSync(join(clone, 'plate.json'), JSON.stringify(plate, null, 2))
}

/**
 * Runs commands of a shell one after another.
 *
 * @param {string} name
 * @param {readonly string[]} commands
 * @param {string} cwd
 * @param {(said: string) => string | null} found what shows success, in files or in what the last command said, or null
 * @returns {Part}
 */
function timed(name, commands, cwd, found) {
  const begin = performance.now()
  let said = ''
  for (const command of commands) {
    process.stderr.write(`${name}: ${command}\n`)
    const done = spawnSync(command, {
      cwd,
      shell: true,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, CI: '' },
    })
    said = done.stdout
    if (done.status !== 0) throw new Error(`${command}\n${done.stdout}${done.stderr}`)
  }
  const seconds = (performance.now() - begin) / 1000
  const shows = found(said)
  if (shows === null) throw new Error(`${name}: the commands ended, and what they were to write is not there`)
  process.stderr.write(`${name}: ${seconds.toFixed(1)} s, ${shows}\n`)
  return { name, shows, seconds: Math.round(10 * seconds) / 10, commands }
}

/**
 * @param {string} folder
 * @param {RegExp} name
 */
const fileIn = (folder, name) =>
  existsSync(folder)
    ? (readdirSync(folder, { recursive: true })
        .map(String)
        .find((path) => name.test(path)) ?? null)
    : null

/**
 * A trained network in the output of the scaffold's program: its error on the test points, below that of a network that
 * has learned nothing.
 *
 * @param {string} said
 */
function trainedError(said) {
  const [line, error] = /relative L2 error on the test points ([\d.]+)/.exec(said) ?? []
  return line !== undefined && Number(error) < 0.2 ? line : null
}

/** The predictions for both points of the question, under the name of the output that was learned. */
function predictedRows() {
  const [head, ...rows] = readFileSync(join(clone, 'answer.csv'), 'utf8').trim().split('\n')
  const numbers = rows.map((row) => Number(row.split(',').at(-1)))
  return head === 'a,b,y' && numbers.length === 2 && numbers.every(Number.isFinite) ? rows.join('; ') : null
}

const spikeward = 'npm run -s spikeward --'

/** @returns {readonly Part[]} */
function measure() {
  const parts = [
    timed('clone to a first figure', [`git clone -q "${root}" "${clone}"`, `cd "${clone}" && npm start`], work, () =>
      fileIn(join(clone, 'comparisons'), /\bcurves-8s\.svg$/),
    ),
  ]
  writeTable()
  parts.push(
    timed(
      'your table to a prediction',
      [
        `${spikeward} train --data table.csv --inputs a:b --outputs y --out runs/table --quiet`,
        `${spikeward} predict runs/table --data ask.csv --out answer.csv`,
      ],
      clone,
      predictedRows,
    ),
  )
  writeEquation()
  parts.push(
    timed(
      'your equation to a figure',
      [`${spikeward} train ./plate.json --spiking none --out runs/plate --quiet`],
      clone,
      () => fileIn(join(clone, 'runs/plate'), /\bresult\.svg$/),
    ),
  )
  parts.push(
    timed(
      'a scaffold to a trained network',
      [
        `npm run -s tarballs -- "${join(work, 'tarballs')}"`,
        `npm run -s create -- "${project}" --template node --tarballs "${join(work, 'tarballs')}"`,
        `cd "${project}" && npm install --no-audit --no-fund --loglevel=error && npm start`,
      ],
      clone,
      trainedError,
    ),
  )
  return parts
}

try {
  const parts = measure()
  const commit = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: clone, encoding: 'utf8' }).stdout.trim()
  const result = {
    // A clone has no changes.
    ...{ commit, dirty: false },
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.version,
    load,
    parts,
  }
  if (process.argv.includes('--write')) {
    const stored = { ...result, parts: parts.map(({ commands: _, ...part }) => part) }
    writeFileSync(join(root, 'docs/start/first-contact.json'), `${JSON.stringify(stored, null, 2)}\n`)
    const page = join(root, 'docs/start/cli.md')
    const rows = parts.map(({ name, seconds }) => [name, `${seconds.toFixed(0)} s`])
    const busy = load > 0.5 ? ' The machine was busy, so the times are upper limits.' : ''
    const where = `Commit ${commit.slice(0, 8)}, ${result.machine}, Node ${process.version}, with npm's cache filled; ${load} processes for each core before the first command.${busy}`
    const table = `${tableOf([['from', 'time'], ...rows])}\n\n${where}`
    const text = readFileSync(page, 'utf8')
    const marked = /(<!-- first contact -->\n)[^]*(\n<!-- end of first contact -->)/
    writeFileSync(
      page,
      text.replace(marked, (_, begin, end) => `${begin}${table}${end}`),
    )
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
} finally {
  rmSync(work, { recursive: true, force: true })
}
