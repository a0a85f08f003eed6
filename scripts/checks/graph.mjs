/** Fails where an import, or a package.json, goes against the table in scripts/graph.mjs, or an app imports another. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { forbidden, graph } from '../graph.mjs'
import { sourceFiles } from '../lib/files.mjs'

const importing = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g

/** @type {string[]} */
const wrong = []

for (const name of readdirSync('packages')) {
  if (graph[name] === undefined) {
    wrong.push(`packages/${name} has no row in scripts/graph.mjs`)
    continue
  }
  for (const part of ['src', 'test']) {
    const never = forbidden(name, part === 'test')
    for (const file of sourceFiles(join('packages', name, part))) {
      for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(importing)) {
        if (never.some((n) => target === n || target.startsWith(`${n}/`))) {
          wrong.push(`${file} imports ${target}`)
        }
        if (/^(\.\.\/)+(packages|apps)\/|^(\.\.\/)+[\w-]+\/src\//.test(target)) {
          wrong.push(`${file} reaches into another package by a path: ${target}`)
        }
      }
    }
  }
  const manifest = JSON.parse(readFileSync(join('packages', name, 'package.json'), 'utf8'))
  const published = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})]
  const everything = [...published, ...Object.keys(manifest.devDependencies ?? {})]
  for (const n of forbidden(name, false)) if (published.includes(n)) wrong.push(`packages/${name} depends on ${n}`)
  for (const n of forbidden(name, true)) if (everything.includes(n)) wrong.push(`packages/${name} depends on ${n}`)
  for (const n of graph[name].code) {
    if (!graph[name].bringsSiblings && manifest.dependencies?.[`@spikeward/${n}`] !== undefined) {
      wrong.push(`packages/${name} has @spikeward/${n} as a dependency; a sibling is a peer, so that there is one core`)
    }
  }
}

const apps = existsSync('apps') ? readdirSync('apps') : []
for (const app of apps) {
  for (const file of sourceFiles(join('apps', app, 'src'))) {
    for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(importing)) {
      const [folder, name] = target.startsWith('.')
        ? normalize(join(dirname(file), target)).split('/')
        : ['apps', target.split('/')[1]]
      const isOther = folder === 'apps' && name !== app && apps.includes(name ?? '')
      if (isOther && (target.startsWith('.') || target.startsWith('@spikeward/'))) {
        wrong.push(`${file} imports ${target}, of another app; what two apps share belongs in packages/experiment`)
      }
    }
  }
}

for (const line of wrong) console.error(line)
if (wrong.length > 0) process.exit(1)
console.log(`${Object.keys(graph).length} packages follow the graph`)
