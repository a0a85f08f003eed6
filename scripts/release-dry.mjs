/**
 * `npm run release:dry`: all that a release does, but for the publishing. It builds, packs every public package, judges
 * each tarball, installs all of them into an empty project outside the workspace, and runs the examples of the packed
 * READMEs there: typed against the published declarations, in Node, and in Chromium. The projects of
 * `npm create spikeward` are installed from the tarballs and run, too.
 *
 * It does not check the size of packages: size-limit does that in `npm test` (.size-limit.mjs).
 *
 * It also writes a bill of materials, the licences of dependencies and an audit to reports/release/.
 *
 * Needs the network for the packages' own dependencies. Exits with 1 if anything fails, and reports it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { find } from './lib/debian.mjs'
import { ensureInstalled, root } from './lib/setup.mjs'
import { licencesInUse, problemsOf, rules } from './lib/licences.mjs'
import { lastLine } from './lib/tally.mjs'
import { runInChromium } from './release/chromium.mjs'
import { tryCommand } from './release/command.mjs'
import { examplesOf } from './release/examples.mjs'
import { judge } from './release/judge.mjs'
import { build, packAll, prebuild, prebuilt } from './release/pack.mjs'
import { checkTypes, install, loadsAddon, runInNode } from './release/project.mjs'
import { tryScaffolds } from './release/scaffolds.mjs'
import { audit, writeBillOfMaterials, writeLicences } from './release/supplyChain.mjs'

const total = { passed: 0, failed: 0, skipped: 0 }

/**
 * @param {string} what
 * @param {string | undefined} problem undefined if there is none
 */
function tell(what, problem) {
  if (problem === undefined) total.passed++
  else total.failed++
  console.log(problem === undefined ? `passed  ${what}` : `FAILED  ${what}\n${problem.replace(/^/gm, '        ')}`)
}

process.chdir(root)
ensureInstalled()
const folder = mkdtempSync(join(tmpdir(), 'spikeward-release-'))
try {
  const broken = build()
  tell('build, with declarations and the native addon', broken)
  const tarballs = join(folder, 'tarballs')
  // A release adds the addons of other platforms.
  if (broken === undefined) tell('the addon for this machine, as published', prebuild())
  const packed = broken === undefined ? packAll(tarballs, { [`${process.platform}-${process.arch}`]: prebuilt() }) : []
  for (const one of packed) {
    for (const [what, problem] of await judge(one)) tell(`${one.name}: ${what}`, problem)
  }
  const project = join(folder, 'project')
  if (packed.length > 0) {
    await tryOut(project, packed)
    for (const [what, problem] of tryScaffolds(project, tarballs)) tell(what, problem)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(lastLine(total))
process.exitCode = total.failed > 0 ? 1 : 0

/**
 * Installs the tarballs and runs the examples.
 *
 * @param {string} project folder to make
 * @param {readonly import('./release/pack.mjs').Packed[]} packed
 */
async function tryOut(project, packed) {
  tell(`npm install of ${packed.length} tarballs into an empty project`, install(project, packed))

  tell('a bill of materials (reports/release/sbom.cdx.json)', writeBillOfMaterials(project))
  writeLicences()
  tell('allowed licences (reports/release/licences.md)', problemsOf(licencesInUse(), rules).join('\n') || undefined)
  const audited = audit(project)
  if (audited.skipped === undefined) tell('no known vulnerability (npm audit)', audited.problem)
  else {
    total.skipped++
    console.log(`skipped npm audit: ${audited.skipped}`)
  }

  tell('the native backend loads the addon of its package', loadsAddon(project))
  tell('npx spikeward learns from a table and predicts', tryCommand(project))

  const examples = packed.flatMap(({ name }) => examplesOf(project, name)).concat(examplesOf(project, null))
  tell(`types of ${examples.length} examples against the published declarations`, checkTypes(project, examples))
  for (const example of examples) tell(`${example.title}, in Node`, runInNode(project, example))

  const chromium = process.env['CHROMIUM'] ?? find('chromium')
  const forPages = examples.filter((e) => e.page)
  if (chromium === undefined) {
    total.skipped += forPages.length
    console.log(
      `skipped ${forPages.length} examples in Chromium: none on this machine; install it, or name one in CHROMIUM`,
    )
  } else {
    for (const [title, problem] of await runInChromium(project, forPages, chromium))
      tell(`${title}, in Chromium`, problem)
  }
}
