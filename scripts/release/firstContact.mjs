/**
 * Times the first minutes of a new user on a fresh clone: to a first figure, from a table to figures, a page and a
 * module, the first answer of that module in a new process of Node, from an equation to a comparison with finite
 * differences and to Python, from the scaffold to a trained network.
 *
 *     node scripts/release/firstContact.mjs --write   also stores the times, and writes them on the page of the command line
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pythonWith } from '../lib/debian.mjs'
import { tableOf } from '../lib/tableOf.mjs'
import { root } from '../lib/setup.mjs'
import { equationToPython, tableToPage } from './journeys.mjs'

/** @typedef {{ name: string, shows: string, seconds: number, commands: readonly string[] }} Part */

/** The load of the machine before the first command, in processes for each core. */
const [before = 0] = loadavg()
const load = Math.round((100 * before) / cpus().length) / 100

const work = mkdtempSync(join(tmpdir(), 'spikeward-first-'))
const clone = join(work, 'spikeward')
const project = join(work, 'my-project')

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
  return { name, shows, seconds: seconds < 1 ? Number(seconds.toFixed(3)) : Number(seconds.toFixed(1)), commands }
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

/**
 * Times a journey in the clone.
 *
 * @param {string} name
 * @param {import('./journeys.mjs').Journey} journey
 * @param {readonly string[]} further commands after those of the journey
 * @param {(said: string) => string | null} found
 */
function timedJourney(name, { files, commands }, further, found) {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(clone, file), text)
  const lines = commands.map((args) => `npm run -s spikeward -- ${args.join(' ')}`)
  return timed(name, [...lines, ...further], clone, found)
}

/**
 * The milliseconds from the import of the exported module to its first answer, in a new process of Node.
 *
 * @returns {Part}
 */
function firstAnswer() {
  const program =
    "const t = performance.now(); const m = await import('./table.mjs'); const [[y]] = m.default([[0.33, 0.35]]); console.log(performance.now() - t, y)"
  const part = timed(
    'the import and first answer of that module',
    [`node --input-type=module -e "${program}"`],
    clone,
    (said) => (said.trim().split(' ').map(Number).every(Number.isFinite) ? said.trim() : null),
  )
  const [milliseconds = NaN, y = NaN] = part.shows.split(' ').map(Number)
  return { ...part, shows: `y(0.33, 0.35) = ${y.toFixed(3)}`, seconds: Math.round(milliseconds) / 1000 }
}

/** @returns {readonly Part[]} */
function measure() {
  const parts = [
    timed('clone to a first figure', [`git clone -q "${root}" "${clone}"`, `cd "${clone}" && npm start`], work, () =>
      fileIn(join(clone, 'comparisons'), /\bcurves-8s\.svg$/),
    ),
  ]
  parts.push(
    timedJourney(
      'your table to figures, a page and a module',
      tableToPage,
      ['npm run -s spikeward -- export runs/table table.mjs --to module'],
      () =>
        ['runs/table/result.svg', 'table.html', 'table.mjs'].every((file) => existsSync(join(clone, file)))
          ? 'result.svg, table.html, table.mjs'
          : null,
    ),
  )
  parts.push(firstAnswer())
  const python = pythonWith('numpy')
  if (python === undefined) throw new Error('NumPy is not installed; apt-get install python3-numpy')
  parts.push(
    timedJourney('your equation to Python', equationToPython, [`${python} compare.py`], (said) =>
      Number(said) < 0.05 ? `relative L2 ${Number(said).toFixed(4)} beside finite differences` : null,
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
    const rows = parts.map(({ name, seconds: s }) => [name, s < 1 ? `${Math.round(1000 * s)} ms` : `${s.toFixed(0)} s`])
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
