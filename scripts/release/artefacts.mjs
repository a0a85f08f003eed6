/**
 * `node scripts/release/artefacts.mjs`: writes what a release states about its parts to reports/release/: the bill of
 * materials of the packages as npm installs them, and the licences. The release workflow attaches both to the release.
 * The packages must be built. `npm run release:dry` writes the same, and an audit, when it tries the packages.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packAll, prebuilt } from './pack.mjs'
import { install } from './project.mjs'
import { writeBillOfMaterials, writeLicences } from './supplyChain.mjs'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-artefacts-'))
try {
  const packed = packAll(join(folder, 'tarballs'), { [`${process.platform}-${process.arch}`]: prebuilt() })
  const project = join(folder, 'project')
  const problem = install(project, packed) ?? writeBillOfMaterials(project)
  if (problem !== undefined) throw new Error(problem)
  writeLicences()
  console.log('reports/release: sbom.cdx.json, licences.md')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
